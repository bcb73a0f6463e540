using System.Threading.Channels;
using Orchestrator.Client;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Following;

/// <summary>Follows a run to its end: its events, the fleet once a second, and a tick that keeps the display moving, in one line of updates.</summary>
public sealed class RunFollower(OrchestratorClient client, TimeProvider time)
{
    private static readonly TimeSpan TickEvery = TimeSpan.FromSeconds(0.5);

    /// <param name="notes">What the command has to tell meanwhile; null for nothing.</param>
    /// <returns>The run as it ended.</returns>
    public async Task<RunView> FollowAsync(
        string run,
        IProgressDisplay display,
        ChannelReader<string>? notes,
        CancellationToken cancellation
    )
    {
        var updates = Channel.CreateUnbounded<RunUpdate>(new UnboundedChannelOptions { SingleReader = true });
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var feed = FeedAsync(run, updates.Writer, ended.Token);
        var ticks = TickAsync(run, updates.Writer, notes, ended.Token);
        var progress = new RunProgress();
        try
        {
            await display.RunAsync(async show =>
            {
                await foreach (var update in updates.Reader.ReadAllAsync(cancellation))
                {
                    progress = progress.With(update);
                    show(update, progress);
                }
            });
        }
        finally
        {
            await ended.CancelAsync();
            await Task.WhenAll(feed, ticks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return progress.Run is { } last && last.Phase.IsEnded()
            ? last
            : throw CliException.Failed($"the events of run {run} ended before the run did");
    }

    private async Task FeedAsync(string run, ChannelWriter<RunUpdate> updates, CancellationToken cancellation)
    {
        try
        {
            await foreach (var update in client.StreamRunEventsAsync(run, cancellation: cancellation))
            {
                updates.TryWrite(update);
            }

            updates.TryComplete();
        }
        catch (Exception e)
        {
            updates.TryComplete(e);
        }
    }

    private async Task TickAsync(string run, ChannelWriter<RunUpdate> updates, ChannelReader<string>? notes, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(TickEvery, time);
        for (var tick = 0; await timer.WaitForNextTickAsync(cancellation); tick++)
        {
            while (notes is not null && notes.TryRead(out var note))
            {
                updates.TryWrite(new Note(note));
            }

            updates.TryWrite(new Tick());
            if (tick % 2 == 0)
            {
                await SeeFleetAsync(run, updates, cancellation);
            }
        }
    }

    /// <summary>A decoration: a coordinator that does not answer now is the feed's concern.</summary>
    private async Task SeeFleetAsync(string run, ChannelWriter<RunUpdate> updates, CancellationToken cancellation)
    {
        try
        {
            var workers = await client.ListWorkersAsync(cancellation);
            var detail = await client.GetRunDetailAsync(run, cancellation);
            updates.TryWrite(new FleetSeen(workers.Workers, detail.Members));
        }
        catch (OrchestratorException) { }
    }
}
