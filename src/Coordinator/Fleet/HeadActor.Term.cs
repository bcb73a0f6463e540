using Akka.Actor;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Fleet;

// How long this head leads, and who is told of it.
public sealed partial class HeadActor
{
    private long tickedAt;

    /// <summary>Longer without a tick than it takes others to replace this head.</summary>
    private bool IsInDoubt => parts.Time.GetElapsedTime(tickedAt) >= HeadGateway.Doubt;

    private void BeginTerm()
    {
        tickedAt = parts.Time.GetTimestamp();
        Timers.StartPeriodicTimer("tick", HeadTick.Instance, TimeSpan.FromSeconds(1));
    }

    private void Tick()
    {
        var pause = parts.Time.GetElapsedTime(tickedAt);
        if (!IsInDoubt)
        {
            tickedAt = parts.Time.GetTimestamp();
            fleet.Look(Now);
            SettleNow();
            return;
        }

        // This process stood still, so another coordinator may lead by now. Then this append fails, and ends this one before it says anything.
        Persist(
            new HeadAdopted(epoch + 1, Now),
            adopted =>
            {
                Apply(adopted);
                tickedAt = parts.Time.GetTimestamp();
                log.AdoptedAgain(pause.TotalSeconds, epoch);
                SettleNow();
            }
        );
    }

    /// <summary>
    /// Nothing fences the journal of a run that has ended: another head reads it without a word. One that begins after this append reads what was asked for;
    /// one that began before makes it fail, and the client hears nothing.
    /// </summary>
    private void Vouch(AskedAfterEnd asked) =>
        Persist(
            new HeadAdopted(epoch + 1, Now),
            adopted =>
            {
                Apply(adopted);
                asked.Client.Tell(new RunAnswered(null));
            }
        );

    private void Answer(HeadAsked _)
    {
        // Not before this process serves.
        if (parts.HttpUrl() is { } url)
        {
            Sender.Tell(new HeadTold(url, epoch));
        }
    }

    /// <summary>The runs, which are its children, have ended by now: nobody publishes any more, and nobody reads what gets old.</summary>
    protected override void PostStop()
    {
        parts.Gateway.Close();
        parts.Board.Clear();
        parts.Sweeps.Clear();
        parts.Metrics.Clear(runs.Names);
        base.PostStop();
    }
}
