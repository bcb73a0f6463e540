using System.Text.Json;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Evaluation;
using Orchestrator.Pretraining.Evaluation.Protocols;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Orchestrator.Worker.Checkpoints;
using Orchestrator.Worker.Options;

namespace Orchestrator.Worker.Evaluation;

/// <summary>Evaluates with the learning library.</summary>
internal sealed class EvaluatorRunner(WorkerOptions options, DataLocation data) : IEvaluationRunner
{
    /// <summary>Of a result: the control plane's frames hold 1,024,000 bytes.</summary>
    private const int MostCharacters = 900_000;

    public string Run(Evaluate order, CancellationToken cancellation)
    {
        var spec = OrderedSpec.Read(order.SpecJson);
        var where = new EvaluationOptions(
            data,
            options.Storage,
            order.CheckpointPath,
            order.ArtifactPath,
            order.Run,
            options.ShardThreads,
            order.AuditSha256
        );
        if (order.EvaluationJson is { } asked)
        {
            var evaluation = OrderedSpec.ReadEvaluation(asked, spec);
            var result = JsonSerializer.Serialize(
                CheckpointEvaluation.Run(spec, evaluation, where, options.Name, cancellation),
                RunSpecJson.Options
            );
            return result.Length <= MostCharacters
                ? result
                : throw new EvaluationException(
                    $"the result has {result.Length} characters, a message holds {MostCharacters}: ask for fewer splits or settings at once"
                );
        }

        Clear(order.Run);
        return JsonSerializer.Serialize(Evaluator.Evaluate(spec, where, options.Name, cancellation), RunSpecJson.Options);
    }

    /// <summary>A run that is evaluated is trained: nothing that is half written of it can be of use any more.</summary>
    private void Clear(string run)
    {
        try
        {
            new FolderCheckpoints(options.Storage).DeleteUnfinished(run, long.MaxValue);
        }
        catch (CheckpointStoreException)
        {
            // It is only room on the disk; an evaluation does not fail for it.
        }
    }
}
