using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Shared.Runs;
using Xunit;
using static Orchestrator.Coordinator.Tests.Scheduling.Queues;

namespace Orchestrator.Coordinator.Tests.Scheduling;

public sealed class UsageBookTests
{
    private static readonly RunOwner Ada = new("p", "ada");
    private readonly UsageBook book = new(
        With("p", new ProjectPolicy { DeviceHours = 100 }) with
        {
            HalfLife = TimeSpan.FromHours(1),
            Window = TimeSpan.FromHours(10),
        }
    );

    private static UseSpan Span(double fromHour, double? untilHour, int workers) =>
        new(Now.AddHours(fromHour), untilHour is { } until ? Now.AddHours(until) : null, workers);

    [Fact]
    public void A_short_span_counts_whole_at_once_and_half_after_a_half_life()
    {
        book.Charge(Ada, [Span(-0.001, 0, 1000)], Now);
        Assert.Equal(1, book.At(Now).Users["ada"], 2);
        Assert.Equal(0.5, book.At(Now.AddHours(1)).Users["ada"], 2);
        Assert.Equal(0.25, book.At(Now.AddHours(2)).Projects["p"], 2);
    }

    [Fact]
    public void A_steady_use_comes_to_its_rate_times_the_mean_life()
    {
        // n · h / ln 2 for one that has gone on for ever.
        book.Follow("r", Ada, [Span(-1000, null, 3)], Now);
        Assert.Equal(3 / Math.Log(2), book.At(Now).Users["ada"], 6);
    }

    [Fact]
    public void The_window_counts_what_lies_in_it_whole()
    {
        book.Follow("r", Ada, [Span(-12, -8, 2), Span(-1, null, 4)], Now);
        // Two hours of the first span, one of the second.
        Assert.Equal((2 * 2) + (1 * 4), book.At(Now).Window["p"], 6);
        Assert.Equal(3 * 4, book.At(Now.AddHours(2)).Window["p"], 6);
    }

    [Fact]
    public void A_span_is_counted_once_however_often_it_is_reported()
    {
        book.Follow("r", Ada, [Span(-2, null, 1)], Now);
        var open = book.At(Now).Users["ada"];
        book.Follow("r", Ada, [Span(-2, 0, 1)], Now);
        book.Follow("r", Ada, [Span(-2, 0, 1)], Now);
        Assert.Equal(open, book.At(Now).Users["ada"], 9);
        book.End("r");
        Assert.Equal(open, book.At(Now).Users["ada"], 9);
        Assert.Equal(2, book.At(Now).Window["p"], 9);
        // It goes on after its end.
        book.Begin("r", Ada, [Span(-2, 0, 1)]);
        book.Follow("r", Ada, [Span(-2, 0, 1), Span(0, null, 3)], Now);
        Assert.Equal(2, book.At(Now).Window["p"], 9);
        Assert.Equal(5, book.At(Now.AddHours(1)).Window["p"], 9);
    }
}
