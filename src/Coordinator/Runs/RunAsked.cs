using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Runs;

/// <summary>What a user asks of a run (docs/api.md). Answered once the journal has it.</summary>
/// <param name="By">Who asks.</param>
public abstract record RunAsked(string By) : RunInput;

/// <summary>Another claim, other bounds, labels, a note.</summary>
public sealed record ChangeAsked(string By, RunChange Change) : RunAsked(By);

/// <summary>It is to write a checkpoint, give its workers back and wait for <see cref="ResumeAsked"/>.</summary>
public sealed record PauseAsked(string By) : RunAsked(By);

public sealed record ResumeAsked(string By) : RunAsked(By);

/// <summary>It is to end, with its state in a checkpoint where that can be.</summary>
public sealed record CancelAsked(string By = RunOwner.Anonymous) : RunAsked(By);

/// <summary>It is to end at once.</summary>
public sealed record KillAsked(string By = RunOwner.Anonymous) : RunAsked(By);

/// <summary>A run that failed or was canceled is to go on from its newest checkpoint.</summary>
public sealed record RetryAsked(string By) : RunAsked(By);

public enum RunRefusalKind
{
    NoSuchRun,

    /// <summary>Not as the run stands.</summary>
    NotNow,

    /// <summary>Not at all: <see cref="RunRefused.Errors"/> say what is wrong.</summary>
    Wrong,
}

/// <param name="Text">Why, in words.</param>
public sealed record RunRefused(RunRefusalKind Kind, string Text)
{
    public IReadOnlyList<SpecError> Errors { get; init; } = [];
}
