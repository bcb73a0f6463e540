using Orchestrator.Pretraining.Training;

namespace Orchestrator.Worker.Ranks;

/// <summary>The learning library's state behind <see cref="IRankState"/>.</summary>
/// <param name="owned">Whether disposing this disposes the state: spares are, a run's own state is not.</param>
public sealed class TrainingRunState(TrainingState state, bool owned) : IRankState
{
    public TrainingState Inner => state;
    public long Step => state.Step;
    public long Generation => state.Generation;
    public IReadOnlyList<StateRegion> Regions { get; } = [.. state.Slots.Select(slot => new StateRegion(slot.Name, slot.Buffer))];

    public string Digest(Action<string>? before = null) => state.Sha256(before is null ? null : slot => before(slot.Name));

    public IRankState CreateLike() => new TrainingRunState(state.CreateLike(), owned: true);

    public void CopyFrom(IRankState other) => state.CopyFrom(((TrainingRunState)other).Inner);

    public void SetStep(long step, long generation) => state.SetStep(step, generation);

    public void Dispose()
    {
        if (owned)
        {
            state.Dispose();
        }
    }
}
