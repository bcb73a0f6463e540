using Orchestrator.Coordinator.Runs;
using Orchestrator.Worker.Agent;

namespace Orchestrator.Protocol.Tests;

/// <summary>Who decides: the product's own transitions, or a naive variant of them that the model check has to catch.</summary>
internal sealed record ProtocolRules
{
    public Func<RunState, RunInput, DateTimeOffset, RunDecision> Coordinator { get; init; } = RunTransitions.Decide;
    public Func<AgentState, AgentEvent, DateTimeOffset, AgentDecision> Agent { get; init; } = AgentTransitions.Decide;

    /// <summary>The journal takes an append only from whoever has read it to its end.</summary>
    public bool JournalIsFence { get; init; } = true;

    /// <summary>A message leaves only after the event that it rests on was persisted.</summary>
    public bool PersistsFirst { get; init; } = true;

    /// <summary>Events of which this is false change the coordinator's memory alone.</summary>
    public Func<IRunEvent, RunState, bool> IsJournaled { get; init; } = (_, _) => true;

    /// <summary>A copy fills spare buffers; the old state stays whole until the digest is checked.</summary>
    public bool CopiesAside { get; init; } = true;

    /// <summary>A promise is told once the rank thread rests.</summary>
    public bool RestsBeforePromise { get; init; } = true;

    /// <summary>A rank that is ready begins although its Start was lost.</summary>
    public bool StartsByItself { get; init; } = true;

    /// <summary>After the last step a worker stays until it is told to leave.</summary>
    public bool StaysAtTheEnd { get; init; } = true;

    /// <summary>Name of a checkpoint, from the name that the product gives it.</summary>
    public Func<string, string> NameCheckpoint { get; init; } = path => path;
}
