using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Fleet;

public sealed class QuarantineTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly Quarantine quarantine = new(new RunTimers());

    [Fact]
    public void Two_losses_are_tolerated_and_the_third_keeps_out_for_a_minute()
    {
        Lose(0, 60);
        Assert.Null(quarantine.Of("a", Now.AddSeconds(60)));
        Lose(120);
        Assert.Equal(Now.AddSeconds(180), quarantine.Of("a", Now.AddSeconds(120))!.Until);
        Assert.Null(quarantine.Of("a", Now.AddSeconds(180)));
        Assert.Null(quarantine.Of("b", Now.AddSeconds(120)));
    }

    [Fact]
    public void Each_further_loss_doubles_the_pause_up_to_an_hour()
    {
        Lose(0, 1);
        var at = 2.0;
        foreach (var minutes in (int[])[1, 2, 4, 8, 16, 32, 60, 60])
        {
            Lose(at);
            Assert.Equal(Now.AddSeconds(at).AddMinutes(minutes), quarantine.Of("a", Now.AddSeconds(at))!.Until);
            at += (minutes * 60) + 300;
        }
    }

    [Fact]
    public void Losses_more_than_ten_minutes_apart_do_not_add_up()
    {
        Lose(0, 601, 1202, 1803);
        Assert.Null(quarantine.Of("a", Now.AddSeconds(1803)));
    }

    [Fact]
    public void A_time_well_done_after_a_quarantine_begins_anew()
    {
        Lose(0, 1, 2, 2 + 60 + 601);
        Assert.Null(quarantine.Of("a", Now.AddSeconds(2 + 60 + 601)));
    }

    [Fact]
    public void Time_away_is_no_time_well_done()
    {
        // Frozen for twenty minutes and back for five seconds, three times.
        for (var at = 0; at < 3; at++)
        {
            quarantine.Lost("a", Now.AddSeconds((at * 1205) + 5), Now.AddSeconds((at * 1205) + 1205));
        }

        Assert.NotNull(quarantine.Of("a", Now.AddSeconds(3615)));
    }

    private void Lose(params double[] seconds)
    {
        foreach (var at in seconds)
        {
            quarantine.Lost("a", Now.AddSeconds(at), Now.AddSeconds(at));
        }
    }
}
