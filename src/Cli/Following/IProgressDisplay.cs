using Orchestrator.Client;

namespace Orchestrator.Cli.Following;

/// <summary>Shows a run while it goes.</summary>
public interface IProgressDisplay
{
    /// <summary>Runs the body, which calls back after every update with what came and what is known since.</summary>
    Task RunAsync(Func<Action<RunUpdate, RunProgress>, Task> body);
}
