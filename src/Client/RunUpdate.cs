using Orchestrator.Shared.Api;

namespace Orchestrator.Client;

/// <summary>One thing heard of a run.</summary>
public abstract record RunUpdate;

/// <summary>The run as it stands now.</summary>
public sealed record RunSeen(RunView Run) : RunUpdate;

/// <summary>A row of a step.</summary>
public sealed record StepSeen(StepRowView Row) : RunUpdate;

/// <summary>A line of its history.</summary>
public sealed record EventSeen(RunEventView Event) : RunUpdate;
