using System.Text.Json;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Orchestrator.Worker.Options;

namespace Orchestrator.Worker.Verification;

/// <summary>Computes steps again with the learning library.</summary>
internal sealed class StepVerifier(WorkerOptions options, DataLocation data) : IVerificationRunner
{
    public string Run(Verify order, CancellationToken cancellation)
    {
        var spec = OrderedSpec.Read(order.SpecJson);
        var replay = new StepReplay(new TrainingOptions(data, options.ShardThreads, options.DataThreads), options.Storage, options.Name);
        return JsonSerializer.Serialize(replay.Run(spec, order.Checkpoints, order.Row, cancellation), RunSpecJson.Options);
    }
}
