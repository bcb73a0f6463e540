using Orchestrator.Coordinator.Runs;

namespace Orchestrator.Coordinator.Fleet;

/// <summary>
/// The runs of a head. One that may still change has an actor; one that had ended when this head began gets its own when it is first spoken to, for
/// most runs of a journal have ended and nobody speaks to them again. Owned by the head; not thread safe.
/// </summary>
/// <param name="start">Starts the actor of a run that is as it was submitted.</param>
public sealed class RunRoster<TActor>(Func<RunState, TActor> start)
    where TActor : class
{
    private readonly Dictionary<string, TActor> actors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RunState> resting = new(StringComparer.Ordinal);

    public IEnumerable<string> Names => actors.Keys.Concat(resting.Keys);

    public bool Knows(string run) => actors.ContainsKey(run) || resting.ContainsKey(run);

    /// <summary>Starts its actor.</summary>
    public void Begin(RunState initial) => actors.Add(initial.Run, start(initial));

    /// <summary>Takes in one that has ended, without an actor.</summary>
    public void Rest(RunState ended) => resting.Add(ended.Run, ended);

    /// <summary>The run's actor, started now if it rested; null for a run that this head does not know.</summary>
    public TActor? Find(string run)
    {
        if (!actors.TryGetValue(run, out var actor) && resting.Remove(run, out var ended))
        {
            actor = start(EndedRuns.Initial(ended));
            actors.Add(run, actor);
        }

        return actor;
    }
}
