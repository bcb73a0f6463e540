namespace Orchestrator.Coordinator.Runs;

/// <summary>The deadlines of docs/protocol.md that a coordinator keeps. Every one is positive.</summary>
public sealed record RunTimers
{
    /// <summary>A run that is to stop for another has so long to complete a checkpoint; then it keeps its workers.</summary>
    public TimeSpan Recall { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>A message that has not had its effect is sent again.</summary>
    public TimeSpan Resend { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A checkpoint order that has not been settled is sent again.</summary>
    public TimeSpan CheckpointResend { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>An evaluation order that no status confirms is sent again.</summary>
    public TimeSpan EvaluateResend { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A worker without a status for so long is silent (its heartbeat is 1 s).</summary>
    public TimeSpan Silent { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The same, after its control connection broke.</summary>
    public TimeSpan SilentDisassociated { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Least time for an answer to Prepare; a rank answers at a shard or commit boundary.</summary>
    public TimeSpan Answer { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The same, before any step's time is known.</summary>
    public TimeSpan AnswerUnknown { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Least step deadline; the deadline is the largest of it, 6 medians and 2 maxima of the last steps.</summary>
    public TimeSpan StepLeast { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Step deadline of a generation's first three steps: caches warm up.</summary>
    public TimeSpan StepFirst { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>From Form to all ranks ready; data may have to be opened and a state copied.</summary>
    public TimeSpan Forming { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>After the coordinator's start, from the first status of a run's member; workers reconnect in 1–2 s.</summary>
    public TimeSpan Adopt { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The same, when no member speaks at all; workers try contact points with a back-off of up to 30 s.</summary>
    public TimeSpan AdoptSilent { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>How long a pair of workers whose connection failed while forming is kept apart, at first; it doubles.</summary>
    public TimeSpan Blame { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan BlameLongest { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Since the last formation, before a run grows; joins come in bursts.</summary>
    public TimeSpan GrowthHoldOff { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A worker that is to join has so long to catch up; then it copies the state while the next generation forms.</summary>
    public TimeSpan Follow { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>An order to follow that no status confirms is sent again.</summary>
    public TimeSpan FollowResend { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A worker whose place was given to another since it was slow joins that run again after so long, at first; it doubles.</summary>
    public TimeSpan Straggler { get; init; } = TimeSpan.FromMinutes(5);

    public TimeSpan StragglerLongest { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Rank 0 has so long to announce a checkpoint that is due, then another rank is asked.</summary>
    public TimeSpan CheckpointDue { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Below its minimum, a run keeps its workers so long before it frees them; their state is in a checkpoint then.</summary>
    public TimeSpan WaitingGrace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>After the last checkpoint, for rows of steps that have not come in.</summary>
    public TimeSpan MissingRows { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Losses of one worker that follow one another within this add up: the third keeps it out of runs for a while.</summary>
    public TimeSpan Flapping { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long such a worker is kept out, at first; it doubles.</summary>
    public TimeSpan Quarantine { get; init; } = TimeSpan.FromMinutes(1);

    public TimeSpan QuarantineLongest { get; init; } = TimeSpan.FromHours(1);

    /// <summary>An evaluation that takes longer is given to another worker.</summary>
    public TimeSpan Evaluation { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>An errand that has waited so long for a worker gets the next idle one, before runs that wait.</summary>
    public TimeSpan ErrandTurn { get; init; } = TimeSpan.FromMinutes(5);
}
