using Orchestrator.Collectives;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Orchestrator.Worker.Ranks;
using Xunit;

namespace Orchestrator.Worker.Tests.Fakes;

/// <summary>A run whose step is a small sum over shards by the tree: the same bits on any number of ranks. Steps can be held at a moment.</summary>
internal sealed class FakeTrainer(RunSpec spec, string dataFingerprint, Action<string, long>? hook, Action? copying = null) : ITrainer
{
    private readonly FakeState state = new(copying);
    private volatile string? aborted;

    public RunSpec Spec => spec;
    public long TotalSteps => spec.Budget.Steps!.Value;
    public int ShardThreads => 2;
    public string DataFingerprint => dataFingerprint;
    public IRankState State => state;

    /// <summary>A spec of so many steps over four shards.</summary>
    public static string SpecOf(int steps, int checkpointEvery = 1000) =>
        RunSpecJson.Write(
            RunSpecParser
                .Parse(
                    $$"""
                    method: gmml
                    data: { images: none }
                    budget: { steps: {{steps}} }
                    batch: { size: 16, shards: 4 }
                    backbone: { custom: { patch: 7, dim: 64, depth: 4, heads: 4 }, image: 28, channels: 1 }
                    checkpoint: { everySteps: {{checkpointEvery}} }
                    """
                )
                .Spec!
        );

    /// <summary>What an undisturbed run holds after so many steps.</summary>
    public static string DigestAfter(int steps)
    {
        using var run = new FakeTrainer(RunSpecParser.Parse(SpecOf(steps)).Spec!, "", null);
        using var group = ProcessGroup.Alone(4);
        for (var i = 0; i < steps; i++)
        {
            run.Step(group, null);
        }

        return run.State.Digest();
    }

    public StepRow Step(ProcessGroup group, Action<string>? moment)
    {
        var step = state.Step;
        At("begun");
        var sums = group
            .Cover.Select(subtree =>
            {
                var sum = new AlignedBuffer<float>(state.Student.Length);
                Sum(subtree.Index << subtree.Level, 1 << subtree.Level, step, sum.Span);
                return sum;
            })
            .ToArray();
        try
        {
            At("backward-done");
            group.AllReduce<float>(FrameKind.Gradient, [.. sums.Select(sum => sum.Host)], sums[0].Host);
            At("gradients-exchanged");
            Apply(sums[0].Span);
            state.SetStep(step + 1, state.Generation);
            Committed?.Invoke(new CommittedStep(step, sums[0].Host, []));
        }
        finally
        {
            Array.ForEach(sums, sum => sum.Dispose());
        }

        At("committed");
        return new StepRow
        {
            Step = step,
            Epoch = step,
            Losses = [new LossTerm("loss", state.Student.Span[0])],
            LearningRate = 1,
            GradientNorm = 1,
            Samples = 16,
            Seconds = 0.01,
            Phases = new Dictionary<string, double>(StringComparer.Ordinal) { ["data"] = 0.01 },
            Generation = 0,
        };

        void At(string name)
        {
            moment?.Invoke(name);
            hook?.Invoke(name, step);
            if (aborted is { } reason && name != "committed")
            {
                throw new StepStoppedException(reason);
            }
        }
    }

    public Action<CommittedStep>? Committed { private get; set; }

    public void Replay(CommittedStep committed)
    {
        Assert.Equal(state.Step, committed.Step);
        Apply(committed.Gradient!.Value.Span);
    }

    public double Utilization(double seconds, int ownShards) => 0.5;

    public void CompareStates(ProcessGroup group)
    {
        // Its state is a count.
    }

    public void Abort(string reason) => aborted = reason;

    public void ClearAbort() => aborted = null;

    public void Dispose() => state.Dispose();

    private void Apply(ReadOnlySpan<float> gradient)
    {
        for (var i = 0; i < state.Student.Length; i++)
        {
            state.Student.Span[i] = (0.9f * state.Student.Span[i]) + gradient[i];
            state.Moments.Span[(i * 7000) + 1] += gradient[i];
        }
    }

    private static void Sum(int first, int count, long step, Span<float> into)
    {
        if (count == 1)
        {
            for (var i = 0; i < into.Length; i++)
            {
                into[i] = 1f / (1 + ((step * 31) + (first * 7) + i) % 97);
            }

            return;
        }

        var right = new float[into.Length];
        Sum(first, count / 2, step, into);
        Sum(first + (count / 2), count / 2, step, right);
        for (var i = 0; i < into.Length; i++)
        {
            into[i] += right[i];
        }
    }
}

/// <summary>Opens <see cref="FakeTrainer"/>s.</summary>
internal sealed class FakeTrainers : ITrainerFactory
{
    public string Fingerprint { get; init; } = "numerics";
    public string DataFingerprint { get; init; } = "data";

    /// <summary>Called on the rank thread at each moment of a step.</summary>
    public Action<string, long>? Hook { get; set; }

    /// <summary>Called before a copy of a state is taken.</summary>
    public Action? Copying { get; set; }

    public ITrainer Open(string specJson) =>
        new FakeTrainer(
            RunSpecParser.Parse(specJson).Spec!,
            DataFingerprint,
            (moment, step) => Hook?.Invoke(moment, step),
            () => Copying?.Invoke()
        );
}
