using System.Collections.Immutable;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Worker.Agent;

namespace Orchestrator.Protocol.Tests.World;

/// <summary>One coordinator: the product's run state, and how much of the journal it has read or written.</summary>
/// <param name="Name">1 for the first; higher for later ones.</param>
/// <param name="Appended">Length of the journal as it knows it: it can append only there.</param>
/// <param name="Due">What it would send now, were it to send everything again.</param>
/// <param name="Heard">The newest of each worker: the head drops older ones.</param>
internal sealed record CoordinatorProcess(
    int Name,
    RunState State,
    int Appended,
    IReadOnlyList<Outgoing> Due,
    ImmutableSortedDictionary<string, HeardStatus> Heard
)
{
    public KnownWorker? Known(string id) => State.Workers.GetValueOrDefault(id);

    /// <summary>Whether a worker's word would be nothing new.</summary>
    public bool Knows(WorkerProcess worker) =>
        Heard.TryGetValue(worker.Id, out var heard)
        && ReferenceEquals(heard.Agent, worker.Agent)
        && Known(worker.Id) is { GivenUp: false, Gone: false } known
        && known.HeardAt == Clock.Now;
}

/// <param name="Agent">Who spoke; null: what came late.</param>
internal readonly record struct HeardStatus(long Incarnation, long Sequence, AgentState? Agent);
