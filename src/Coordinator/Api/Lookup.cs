using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Runs;

namespace Orchestrator.Coordinator.Api;

/// <summary>Finds the run of a request, or says why not.</summary>
public sealed class Lookup(RunBoard board, HeadGateway gateway)
{
    /// <summary>While the head is not there, what is known may be old, and an unknown run may still come from the journal: not ready.</summary>
    public IResult With(string id, Func<RunState, IResult> answer) =>
        !gateway.IsOpen ? Problems.NotReady()
        : board.Find(id) is { } state ? answer(state)
        : Problems.NoRun(id);
}
