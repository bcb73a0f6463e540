using Orchestrator.Pretraining.Checkpoints;
using Orchestrator.Pretraining.Optimization;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Training;

/// <summary>
/// All that a rank holds after a completed step: student, teacher, both moments, centers, and what a run counts. The position of schedules and draws follows from the
/// step, so nothing else has to be kept. Two ranks at the same step of a run hold the same bits.
/// </summary>
public sealed class TrainingState : IDisposable
{
    private readonly ParameterLayout? centersLayout;
    private readonly NonFinitePolicy nonFinite;

    /// <summary>A zeroed state.</summary>
    /// <param name="layout">Of the student, the moments, and the teacher.</param>
    /// <param name="hasTeacher">Whether the method keeps an EMA teacher.</param>
    /// <param name="centersLayout">Of the method's running statistics; null when it has none.</param>
    /// <param name="countsDamage">Whether damaged samples are counted: a run that tolerates none has nothing to count.</param>
    /// <param name="nonFinite">What becomes of a step that is not finite: where it does not fail the run, that is counted; a rollback needs what it goes back to.</param>
    public TrainingState(
        ParameterLayout layout,
        bool hasTeacher,
        ParameterLayout? centersLayout,
        bool countsDamage,
        NonFinitePolicy nonFinite = NonFinitePolicy.Fail
    )
    {
        (this.centersLayout, this.nonFinite) = (centersLayout, nonFinite);
        Layout = layout;
        Student = new FlatTensor(layout);
        Teacher = hasTeacher ? new FlatTensor(layout) : null;
        FirstMoment = new FlatTensor(layout);
        SecondMoment = new FlatTensor(layout);
        Centers = centersLayout is null ? null : new FlatTensor(centersLayout);
        var slots = new List<StateSlot> { new("student", Student) };
        if (Teacher is not null)
        {
            slots.Add(new StateSlot("teacher", Teacher));
        }

        slots.Add(new StateSlot("exp_avg", FirstMoment));
        slots.Add(new StateSlot("exp_avg_sq", SecondMoment));
        if (Centers is not null)
        {
            slots.Add(new StateSlot("centers", Centers));
        }

        if (nonFinite != NonFinitePolicy.Fail)
        {
            Applied = new AppliedSteps();
            slots.Add(new StateSlot("applied", Applied.Flat));
        }

        Anchor = nonFinite == NonFinitePolicy.Rollback ? new StateAnchor([.. slots]) : null;
        slots.AddRange(Anchor?.Slots ?? []);
        if (nonFinite != NonFinitePolicy.Fail)
        {
            Refused = new FlatTensor(ParameterLayout.Of([("steps", new long[] { 1 })]));
            slots.Add(new StateSlot("refused", Refused));
        }

        if (countsDamage)
        {
            Damaged = new FlatTensor(ParameterLayout.Of([("epoch", new long[] { 1 })]));
            slots.Add(new StateSlot("damaged", Damaged));
        }

        Slots = slots;
    }

    public ParameterLayout Layout { get; }
    public FlatTensor Student { get; }
    public FlatTensor? Teacher { get; }
    public FlatTensor FirstMoment { get; }
    public FlatTensor SecondMoment { get; }
    public FlatTensor? Centers { get; }

    /// <summary>One number, <c>epoch</c>: damaged samples that the epoch has met so far. Null where none is tolerated.</summary>
    public FlatTensor? Damaged { get; }

    /// <summary>How often the optimizer has run. Null where it runs in every step.</summary>
    public AppliedSteps? Applied { get; }

    /// <summary>One number, <c>steps</c>: steps that were not finite, in a row or since <see cref="Anchor"/> was taken. Null where the first fails the run.</summary>
    public FlatTensor? Refused { get; }

    /// <summary>What a rollback goes back to. Null where there is none.</summary>
    public StateAnchor? Anchor { get; }

    /// <summary>Every part that is there, in a fixed order.</summary>
    public IReadOnlyList<StateSlot> Slots { get; }

    /// <summary>The slots that a commit changes by other things than the gradient: centers, and what is counted.</summary>
    public IReadOnlyList<StateSlot> Statistics =>
        [.. Slots.Where(slot => slot.Flat == Centers || slot.Flat == Applied?.Flat || slot.Flat == Refused || slot.Flat == Damaged)];

    /// <summary>Completed steps.</summary>
    public long Step { get; private set; }

    /// <summary>The generation that committed the step; 0 for the initial state.</summary>
    public long Generation { get; private set; }

    public void SetStep(long step, long generation) => (Step, Generation) = (step, generation);

    /// <summary>stateSha256 (<see cref="StateDigest"/>), of the slots side by side.</summary>
    /// <param name="before">Called with each slot before its values are read, in the order of <see cref="Slots"/>, on any thread: it may wait until they are there.</param>
    public string Sha256(Action<StateSlot>? before = null)
    {
        var digests = new string[Slots.Count];
        SideBySide.Run([
            .. Slots.Select<StateSlot, Action>(
                (slot, i) =>
                    () =>
                    {
                        before?.Invoke(slot);
                        digests[i] = StateDigest.OfSlot(slot);
                    }
            ),
        ]);
        return StateDigest.Of(Step, Slots.Select((slot, i) => (slot.Name, digests[i])));
    }

    /// <summary>weightsSha256: the student's digest (<see cref="StateDigest"/>).</summary>
    public string WeightsSha256() => StateDigest.OfSlot(Slots[0]);

    /// <summary>A spare with the same slots, zeroed.</summary>
    public TrainingState CreateLike() => new(Layout, Teacher is not null, centersLayout, Damaged is not null, nonFinite);

    /// <summary>Takes over everything of another state of the same shape.</summary>
    public void CopyFrom(TrainingState other)
    {
        foreach (var (mine, theirs) in Slots.Zip(other.Slots))
        {
            theirs.Buffer.Span.CopyTo(mine.Buffer.Span);
        }

        SetStep(other.Step, other.Generation);
    }

    public void Dispose()
    {
        foreach (var slot in Slots)
        {
            slot.Flat.Dispose();
        }
    }
}
