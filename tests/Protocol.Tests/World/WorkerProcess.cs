using System.Runtime.CompilerServices;
using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Agent;

namespace Orchestrator.Protocol.Tests.World;

/// <summary>One worker: the product's agent state, and a model of the rank below it.</summary>
/// <param name="Alive">Whether this incarnation's process runs.</param>
/// <param name="Peak">Highest step that this incarnation has held for the run: what it must not lose by itself.</param>
/// <param name="Sequence">Of the last status.</param>
internal sealed record WorkerProcess(AgentState Agent, RankModel Rank, bool Alive, bool Frozen, bool ControlCut, long Sequence, long Peak)
{
    private static readonly Dictionary<string, long> NoBytes = [];

    // The proof in a status takes longer than all else about it.
    private static readonly ConditionalWeakTable<AgentState, WorkerStatus> Statuses = [];

    public string Id => Agent.WorkerId;

    public long Incarnation => Agent.Incarnation;

    /// <summary>Does what it has to, and nothing keeps its messages.</summary>
    public bool IsReachable => Alive && !Frozen && !ControlCut;

    public bool Moves => Alive && !Frozen;

    public static WorkerProcess Begun(string id, long incarnation) =>
        new(AgentState.Initial(id, incarnation, ["coordinator"], Clock.Now), RankModel.Empty, true, false, false, 0, 0);

    /// <summary>Whether its rank takes part in a generation.</summary>
    public bool IsIn(GenerationRecord record) =>
        Alive && Rank.Record is { } own && own.Number == record.Number && Agent.RankIn(record) >= 0;

    /// <summary>What it would say now.</summary>
    public WorkerStatus Status() => Statuses.GetValue(Agent, Say) with { Sequence = Sequence };

    private static WorkerStatus Say(AgentState agent)
    {
        var identity = new AgentIdentity
        {
            WorkerId = agent.WorkerId,
            Incarnation = agent.Incarnation,
            JoinToken = "token",
            Fingerprint = "f",
            DataHost = "host",
            DataPort = 1,
            Device = "cpu",
            ProcessId = 1,
            MetricsUrl = null,
            Version = "1",
        };
        return AgentStatus.Of(agent, identity, 0, [], NoBytes, 0, null);
    }
}
