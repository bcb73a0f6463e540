namespace Orchestrator.Coordinator.Hosting;

/// <summary>Ends the process because it must not run as it stands.</summary>
public sealed partial class Refusal(IHostApplicationLifetime application, ILogger<Refusal> log)
{
    private volatile string? reason;

    /// <summary>Why; null as long as it runs.</summary>
    public string? Reason => reason;

    public void Refuse(string why)
    {
        reason = why;
        LogRefused(log, why);
        application.StopApplication();
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "The coordinator refuses to run: {Reason}")]
    private static partial void LogRefused(ILogger logger, string reason);
}
