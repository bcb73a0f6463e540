using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Benchmarks.Coordinator;

/// <summary>A run as a simulated worker serves it: losses and digests are functions of the step.</summary>
internal sealed class SimulatedRun(RunSpec spec, GenerationRecord generation, bool leads)
{
    public RunSpec Spec => spec;

    public GenerationRecord Generation => generation;

    /// <summary>Rank 0: writes checkpoints and sends rows.</summary>
    public bool Leads => leads;

    /// <summary>Completed steps.</summary>
    public long Step { get; private set; } = generation.BaseStep;

    public long Total => spec.Budget.Steps!.Value;

    private bool IsShort => !spec.Name.StartsWith(RunMix.Running, StringComparison.Ordinal);

    public bool Fails => spec.Name.StartsWith(RunMix.Failing, StringComparison.Ordinal);

    /// <summary>Trains on: a short run to its end at once, a long one at two steps a second.</summary>
    /// <returns>A checkpoint that is due.</returns>
    public CheckpointWritten? Advance(WorkerStatus worker)
    {
        var before = Step;
        Step = IsShort ? Total : Math.Min(Total, Step + 2);
        var interval = spec.Checkpoint.EverySteps;
        var due = Step == Total ? Total : Step / interval * interval;
        if (!leads || due <= before)
        {
            return null;
        }

        var path = $"runs/{generation.Run}/checkpoints/step-{due:D9}.t{generation.Number}.{worker.WorkerId}-{worker.Incarnation}";
        return new CheckpointWritten(
            generation.Run,
            worker.WorkerId,
            worker.Incarnation,
            generation.Number,
            due,
            Digest(due),
            generation.Number,
            path,
            Digest(due + 1),
            Digest(due + 2)
        );
    }

    public IReadOnlyList<StepRow> Rows(long from) => [.. Enumerable.Range((int)from, (int)Math.Min(500, Step - from)).Select(Row)];

    public static string Digest(long at) => $"{at:x16}{at * 7919:x16}{at * 104_729:x16}{at * 1_299_709:x16}";

    private StepRow Row(int at) =>
        new()
        {
            Step = at,
            Epoch = at / 10.0,
            Losses = [new LossTerm("loss", 1.0 / (at + 1)), new LossTerm("patch", 0.5 / (at + 1)), new LossTerm("class", 0.5 / (at + 1))],
            LearningRate = 0.1,
            GradientNorm = 1,
            Samples = spec.Batch.Size,
            Seconds = 0.5,
            Phases = new Dictionary<string, double>
            {
                ["data"] = 0.01,
                ["forward"] = 0.15,
                ["statistics"] = 0.01,
                ["backward"] = 0.25,
                ["exchange"] = 0.05,
                ["optimizer"] = 0.02,
                ["audit"] = 0.01,
            },
            Generation = generation.Number,
            Health = [new HealthFigure("feature-deviation", 0.9), new HealthFigure("agreement", 0.5)],
            Audit = new AuditRow(Digest(at), null, null),
        };
}
