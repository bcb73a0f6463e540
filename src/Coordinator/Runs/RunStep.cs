namespace Orchestrator.Coordinator.Runs;

/// <summary>Outcome of one rule: events to persist, or a changed state, or neither.</summary>
internal sealed record RunStep(RunState State, IReadOnlyList<IRunEvent> Events, bool Changed)
{
    public static RunStep Stay(RunState state) => new(state, [], false);

    public static RunStep Change(RunState state) => new(state, [], true);

    public static RunStep Persist(RunState state, params IReadOnlyList<IRunEvent> events) => new(state, events, true);

    /// <summary>Asks for promises under the next number.</summary>
    public static RunStep Prepare(
        RunState state,
        DateTimeOffset now,
        string cause,
        DateTimeOffset? suspectedAt = null,
        bool loss = false,
        long? stopAfter = null
    ) => Persist(state, new GenerationPrepared(state.HighestNumber + 1, cause, loss, loss ? suspectedAt ?? now : null, stopAfter, now));
}
