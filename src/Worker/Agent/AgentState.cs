using System.Collections.Immutable;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Worker.Agent;

/// <summary>
/// Where this worker stands, as far as the membership protocol is concerned (docs/protocol.md). Changed by <see cref="AgentTransitions"/> only.
/// One worker serves one run at a time; all of it is forgotten with the process.
/// </summary>
public sealed record AgentState
{
    public required string WorkerId { get; init; }
    public required long Incarnation { get; init; }

    /// <summary>The run that it serves; null when idle.</summary>
    public string? Run { get; init; }

    /// <summary>Highest coordinator epoch heard of that run.</summary>
    public long Epoch { get; init; }

    /// <summary>Highest promise asked for. Above <see cref="Promised"/> while the rank thread is being stopped for it.</summary>
    public long Wanted { get; init; }

    /// <summary>Neither starts nor commits a step in a generation below it.</summary>
    public long Promised { get; init; }

    /// <summary>The newest generation that was accepted; 0 before any.</summary>
    public long Generation { get; init; }

    /// <summary>Record of <see cref="Generation"/>.</summary>
    public GenerationRecord? Record { get; init; }
    public WorkerPhase Phase { get; init; }

    /// <summary>Set in phase Held only.</summary>
    public HeldState? Held { get; init; }

    /// <summary>Completed steps.</summary>
    public long ProgressStep { get; init; }

    /// <summary>Steps of the whole run; 0 before its data is open.</summary>
    public long TotalSteps { get; init; }

    /// <summary>Of the run's data set; null before all ranks of a generation agreed on it.</summary>
    public string? DataFingerprint { get; init; }

    /// <summary>Highest step begun, 0-based; −1 before the first.</summary>
    public long StartedStep { get; init; } = -1;

    /// <summary>The generation that it follows, in phase Following; else 0.</summary>
    public long Follows { get; init; }

    /// <summary>Steps behind it; −1 before it has a state.</summary>
    public long Lag { get; init; } = -1;

    /// <summary>Set in phase Stopped only.</summary>
    public Suspicion? Suspect { get; init; }
    public WorkerFailure? Failure { get; init; }

    /// <summary>Why the last checkpoint is not in storage; null once one is.</summary>
    public CheckpointTrouble? Trouble { get; init; }

    /// <summary>The damaged checkpoint that it was to begin from; until the next generation is accepted.</summary>
    public DamagedCheckpoint? Damaged { get; init; }

    /// <summary>What ended the generation where ranks differed; until the next one is accepted.</summary>
    public FoundCorruption? Corruption { get; init; }

    /// <summary>When it leaves at the latest; null when nobody asked it to.</summary>
    public DateTimeOffset? LeavesBy { get; init; }
    public bool Draining => LeavesBy is not null;

    /// <summary>Checkpoints written and not settled.</summary>
    public ImmutableList<UnsettledCheckpoint> Unsettled { get; init; } = [];

    /// <summary>The evaluation or verification that is under way.</summary>
    public IErrand? Evaluation { get; init; }

    /// <summary>The evaluation of another worker that it helps with; given up for anything else.</summary>
    public Evaluate? Helps { get; init; }

    /// <summary>Outcome of the last evaluation, until settled.</summary>
    public UnsettledEvaluation? Evaluated { get; init; }
    public required ContactRotation Contacts { get; init; }
    public MetricsCursor Metrics { get; init; }
    public DateTimeOffset StatusSentAt { get; init; }

    /// <summary>When a coordinator was last heard of, or complained about.</summary>
    public DateTimeOffset HeardAt { get; init; }

    /// <summary>When a coordinator last answered a status; null before the first answer.</summary>
    public DateTimeOffset? AcknowledgedAt { get; init; }
    public bool RescueAsked { get; init; }

    /// <summary>Why the coordinator takes no status of ours; null when it does.</summary>
    public string? Refusal { get; init; }

    /// <summary>Own place in the accepted generation; −1 outside of any.</summary>
    public int Rank => RankIn(Record);

    /// <summary>Whether a rank is in a generation now.</summary>
    public bool IsInGeneration => Phase is WorkerPhase.Forming or WorkerPhase.Ready or WorkerPhase.Running;

    public static AgentState Initial(string workerId, long incarnation, IReadOnlyList<string> contacts, DateTimeOffset now) =>
        new()
        {
            WorkerId = workerId,
            Incarnation = incarnation,
            Contacts = new ContactRotation(contacts, 0, null),
            HeardAt = now,
            StatusSentAt = DateTimeOffset.MinValue,
        };

    /// <summary>Own place among a generation's members: name and incarnation have to be this process's.</summary>
    public int RankIn(GenerationRecord? record)
    {
        for (var i = 0; record is not null && i < record.Members.Count; i++)
        {
            if (record.Members[i].WorkerId == WorkerId && record.Members[i].Incarnation == Incarnation)
            {
                return i;
            }
        }

        return -1;
    }
}

/// <param name="SendAt">When it is announced next.</param>
public sealed record UnsettledCheckpoint(CheckpointWritten Written, DateTimeOffset SendAt);

/// <param name="SendAt">When it is reported next.</param>
public sealed record UnsettledEvaluation(EvaluationReported Report, DateTimeOffset SendAt);
