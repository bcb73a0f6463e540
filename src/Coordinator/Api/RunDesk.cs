using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Api;

namespace Orchestrator.Coordinator.Api;

/// <summary>Asks a run, and makes its answer the API's.</summary>
public sealed class RunDesk(HeadGateway gateway, Lookup runs)
{
    /// <param name="done">The run as it stands then.</param>
    public async Task<IResult> AskAsync(string id, RunAsked asked, Func<RunView, IResult> done, CancellationToken cancellation) =>
        !RunId.IsValid(id)
            ? Problems.NoRun(id)
            : await gateway.AskAsync(id, asked, cancellation) switch
            {
                null => Problems.NotReady(),
                { Refused: { } refused } => refused.Kind switch
                {
                    RunRefusalKind.NoSuchRun => Problems.NoRun(id),
                    RunRefusalKind.Wrong => Problems.BadChange(refused.Errors),
                    _ => Problems.NotAsTheRunStands(refused.Text),
                },
                _ => runs.With(id, state => done(RunViewer.View(state))),
            };
}
