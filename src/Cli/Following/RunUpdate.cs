using Orchestrator.Client;
using Orchestrator.Shared.Api;

namespace Orchestrator.Cli.Following;

// What the command line knows of a run beside what its events tell.

/// <summary>Who trains it.</summary>
public sealed record FleetSeen(IReadOnlyList<WorkerView> Workers, IReadOnlyList<MemberView> Members) : RunUpdate;

/// <summary>Something that the command itself has to tell.</summary>
public sealed record Note(string Text) : RunUpdate;

/// <summary>Nothing new; time has passed.</summary>
public sealed record Tick : RunUpdate;
