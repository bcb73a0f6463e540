using Orchestrator.Pretraining.Evaluation.Sharing;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation.Sharing;

/// <summary>Whole evaluations by one worker and by several.</summary>
public sealed class SharedEvaluationTests : IDisposable
{
    private const string Recipe =
        "budget: { steps: 20 }, batch: { size: 16, shards: 4 }, labels: [2, 5], dropPath: 0, optimizer: { baseLearningRate: 0.05, warmup: 0.1 }";
    private readonly TinyRun run = new();

    private string Pieces => Path.Combine(run.Storage, "runs", "r-1", "evaluations", "10-x.bits");

    public void Dispose() => run.Dispose();

    [Theory]
    [InlineData("protocols: [knn, linear, low-shot], splits: 3, neighbors: [5, 20]")]
    [InlineData("protocols: [finetune, knn], splits: 3, finetune: { " + Recipe + " }")]
    public async Task Figures_are_the_same_whatever_the_number_of_workers(string document)
    {
        var spec = TinyRun.Spec(MethodName.MimClustering);
        using var state = run.WriteCheckpoint(spec);
        var alone = Judge(spec, document, null);
        Assert.Empty(alone.Helpers);
        var together = await run.JudgeTogether(spec, $"{{ {document} }}", Pieces, ("a", 1), ("b", 2), ("c", 1));
        Assert.All(together, result => Assert.Equal(Texts(alone), Texts(result)));
        Assert.Contains(together, result => result.Helpers.Count > 0);
    }

    [Fact]
    public void Who_takes_over_has_what_the_last_one_computed()
    {
        var document = "protocols: [knn, low-shot], splits: 3, neighbors: [5]";
        var spec = TinyRun.Spec(MethodName.Gmml);
        using var state = run.WriteCheckpoint(spec);
        var alone = Judge(spec, document, null);
        var folder = new PieceFolder(Pieces, "a");
        folder.Open();
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() =>
            Judge(
                spec,
                document,
                folder,
                progress: part => Stop(part.Part == "protocols" && part.Done == 3, stop),
                cancellation: stop.Token
            )
        );
        var left = Directory.GetFiles(Pieces, "*.piece").Length;
        Assert.True(left > 3, $"{left} pieces");
        var written = Directory.GetFiles(Pieces, "*.piece").ToDictionary(path => path, File.GetLastWriteTimeUtc);
        var after = Judge(spec, document, new PieceFolder(Pieces, "b"));
        Assert.Equal(Texts(alone), Texts(after));
        Assert.Equal(["a"], after.Helpers);
        Assert.All(written, piece => Assert.Equal(piece.Value, File.GetLastWriteTimeUtc(piece.Key)));
    }

    private static void Stop(bool now, CancellationTokenSource stop)
    {
        if (now)
        {
            stop.Cancel();
        }
    }

    private static IEnumerable<string> Texts(EvaluationResult result) =>
        result.Figures.Select(f => $"{f.Protocol} {f.Setting} {f.Metric} {f.Network} {f.Value:R} {string.Join(' ', f.Draws)}");

    private EvaluationResult Judge(
        RunSpec spec,
        string document,
        PieceFolder? pieces,
        Action<Orchestrator.Pretraining.Evaluation.EvaluationProgress>? progress = null,
        CancellationToken cancellation = default
    ) => run.Judge(spec, $"{{ {document} }}", 1, pieces, progress: progress, cancellation: cancellation);
}
