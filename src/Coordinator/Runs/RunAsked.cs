using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Runs;

/// <summary>What a user asks of a run (docs/api.md). Answered once the journal has it.</summary>
/// <param name="By">Who asks.</param>
public abstract record RunAsked(string By) : RunInput;

/// <summary>Another claim, other bounds, labels, a note.</summary>
public sealed record ChangeAsked(string By, RunChange Change) : RunAsked(By);

public sealed record CancelAsked(string By = RunOwner.Anonymous) : RunAsked(By);

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
