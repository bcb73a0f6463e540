using Orchestrator.Shared.Api;

namespace Orchestrator.Cli.Following;

/// <summary>One thing heard of a run.</summary>
public abstract record RunUpdate;

public sealed record RunSeen(RunView Run) : RunUpdate;

public sealed record StepSeen(StepRowView Row) : RunUpdate;

public sealed record EventSeen(RunEventView Event) : RunUpdate;

public sealed record FleetSeen(IReadOnlyList<WorkerView> Workers, IReadOnlyList<MemberView> Members) : RunUpdate;

/// <summary>Something that the command itself has to tell.</summary>
public sealed record Note(string Text) : RunUpdate;

/// <summary>Nothing new; time has passed.</summary>
public sealed record Tick : RunUpdate;
