using System.Text.Json;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Evaluation;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Orchestrator.Worker.Options;

namespace Orchestrator.Worker.Evaluation;

/// <summary>Evaluates with the learning library.</summary>
internal sealed class EvaluatorRunner(WorkerOptions options, DataLocation data) : IEvaluationRunner
{
    public string Run(Evaluate order, CancellationToken cancellation)
    {
        var spec = OrderedSpec.Read(order.SpecJson);
        var view = Evaluator.Evaluate(
            spec,
            new EvaluationOptions(
                data,
                options.Storage,
                order.CheckpointPath,
                order.ArtifactPath,
                order.Run,
                options.ShardThreads,
                order.AuditSha256
            ),
            options.Name,
            cancellation
        );
        return JsonSerializer.Serialize(view, RunSpecJson.Options);
    }
}
