using Orchestrator.Pretraining.Optimization;

namespace Orchestrator.Pretraining.Training;

/// <summary>
/// What was learned up to a checkpoint's step, kept beside the state so that a run can go back to it. It is part of the state: a joiner or a
/// resumed run has it, whether or not a checkpoint of that step was ever written.
/// </summary>
public sealed class StateAnchor
{
    private const string Prefix = "anchor";

    private readonly IReadOnlyList<StateSlot> learned;
    private readonly IReadOnlyList<StateSlot> copies;

    /// <param name="learned">The state's slots that go back together.</param>
    public StateAnchor(IReadOnlyList<StateSlot> learned)
    {
        this.learned = learned;
        copies = [.. learned.Select(slot => new StateSlot($"{Prefix}.{slot.Name}", new FlatTensor(slot.Layout)))];
        Slots = [.. copies, new StateSlot(Prefix, new FlatTensor(ParameterLayout.Of([("step", new long[] { 2 })])))];
    }

    /// <summary>The copies, named <c>anchor.</c> and the slot's name, then <c>anchor</c>: the step, as <see cref="SplitCount"/> writes it.</summary>
    public IReadOnlyList<StateSlot> Slots { get; }

    /// <summary>Completed steps of what is kept.</summary>
    public long Step => SplitCount.Read(Slots[^1].Buffer.Span);

    /// <summary>Keeps the state as it is.</summary>
    /// <param name="completed">Its completed steps.</param>
    public void Take(long completed)
    {
        Copy(learned, copies);
        SplitCount.Write(Slots[^1].Buffer.Span, completed);
    }

    /// <summary>Brings back what is kept.</summary>
    public void Restore() => Copy(copies, learned);

    private static void Copy(IReadOnlyList<StateSlot> from, IReadOnlyList<StateSlot> to)
    {
        foreach (var (source, target) in from.Zip(to))
        {
            source.Buffer.Span.CopyTo(target.Buffer.Span);
        }
    }
}
