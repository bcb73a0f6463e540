namespace Orchestrator.Coordinator.Fleet;

/// <summary>What the head says in the log.</summary>
internal static partial class HeadLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Adopted the cluster's journal as head, epoch {Epoch}, {Runs} runs.")]
    public static partial void Adopted(this ILogger logger, long epoch, int runs);

    [LoggerMessage(Level = LogLevel.Information, Message = "Restored {Runs} runs, of which {Ended} have ended and rest.")]
    public static partial void Restored(this ILogger logger, int runs, int ended);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The journal cannot be read at once, so every run is read by itself, which takes longer: {Error}"
    )]
    public static partial void Unrestored(this ILogger logger, string error);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "This process stood still for {Seconds} s, and no other coordinator has taken over meanwhile: it leads on, epoch {Epoch}."
    )]
    public static partial void AdoptedAgain(this ILogger logger, double seconds, long epoch);

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {RunId} submitted: {Name}.")]
    public static partial void Submitted(this ILogger logger, string runId, string name);

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {RunId} gets {Workers}.")]
    public static partial void Placed(this ILogger logger, string runId, string workers);

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {RunId} is asked for workers: {Reason}.")]
    public static partial void Recalled(this ILogger logger, string runId, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Worker {Worker} is given the errand {Key}.")]
    public static partial void SendsErrand(this ILogger logger, string worker, string key);

    [LoggerMessage(Level = LogLevel.Information, Message = "Worker {Worker} {Word} the errand {Key}.")]
    public static partial void SendsHelp(this ILogger logger, string worker, string word, string key);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Worker {Worker} is refused: {Reason}.")]
    public static partial void Refused(this ILogger logger, string worker, string reason);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Worker {Worker}'s process is gone: its control connection broke and its data port refuses."
    )]
    public static partial void Gone(this ILogger logger, string worker);

    [LoggerMessage(Level = LogLevel.Error, Message = "Worker {Worker} is suspected of corrupting data: {Text}.")]
    public static partial void Corrupted(this ILogger logger, string worker, string text);

    [LoggerMessage(Level = LogLevel.Error, Message = "Run {RunId} of the journal has a spec that this version does not read: {Errors}.")]
    public static partial void Unreadable(this ILogger logger, string runId, string errors);

    [LoggerMessage(Level = LogLevel.Information, Message = "Sweep {SweepId} submitted: {Name}.")]
    public static partial void SubmittedSweep(this ILogger logger, string sweepId, string name);

    [LoggerMessage(Level = LogLevel.Error, Message = "Sweep {SweepId} of the journal cannot be read by this version: {Errors}.")]
    public static partial void UnreadableSweep(this ILogger logger, string sweepId, string errors);

    [LoggerMessage(Level = LogLevel.Critical, Message = "This coordinator ends its actor system: {Reason}.")]
    public static partial void Fenced(this ILogger logger, string reason);
}
