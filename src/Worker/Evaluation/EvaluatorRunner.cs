using System.Text.Json;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Evaluation;
using Orchestrator.Pretraining.Evaluation.Protocols;
using Orchestrator.Pretraining.Evaluation.Sharing;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Orchestrator.Worker.Checkpoints;
using Orchestrator.Worker.Options;

namespace Orchestrator.Worker.Evaluation;

/// <summary>Evaluates with the learning library.</summary>
/// <param name="bits">Names the bits that this process computes: pieces of an evaluation are shared among those of the same.</param>
internal sealed class EvaluatorRunner(WorkerOptions options, DataLocation data, string bits) : IEvaluationRunner
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
            return Judge(order, spec, OrderedSpec.ReadEvaluation(asked, spec), where, cancellation);
        }

        Clear(order.Run);
        return JsonSerializer.Serialize(Evaluator.Evaluate(spec, where, options.Name, cancellation), RunSpecJson.Options);
    }

    /// <summary>With others, who share its pieces: who reports opens their folder, and takes it away once all is computed or the evaluation cannot be made.</summary>
    private string Judge(Evaluate order, RunSpec spec, EvaluationSpec evaluation, EvaluationOptions where, CancellationToken cancellation)
    {
        var pieces = new PieceFolder(FolderOf(order), options.Name);
        if (!order.Helps)
        {
            pieces.Open();
        }

        where = where with { Pieces = pieces, Reports = !order.Helps };
        try
        {
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
        finally
        {
            // Who is stopped leaves them to the next one.
            if (!order.Helps && !cancellation.IsCancellationRequested)
            {
                pieces.Delete();
            }
        }
    }

    private string FolderOf(Evaluate order)
    {
        var name = EvaluationErrandKey.Parse(order.EvaluationKey)?.Name ?? order.EvaluationKey;
        return Path.Combine(options.Storage, "runs", order.Run, "evaluations", $"{name}.{bits}");
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
