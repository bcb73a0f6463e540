using Microsoft.Extensions.Time.Testing;
using Orchestrator.Cli.Following;
using Orchestrator.Cli.Output;
using Orchestrator.Client;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Cli.Tests.Following;

public sealed class RunProgressTests
{
    [Fact]
    public void A_step_without_a_finite_loss_leaves_the_runs_own()
    {
        var run = Views.Run(step: 20) with { Loss = 1.5 };
        var refused = Views.Row(20) with { Losses = new Dictionary<string, double?>(StringComparer.Ordinal) { ["loss"] = null } };
        Assert.Equal(1.5, new RunProgress().With(new RunSeen(run)).With(new StepSeen(refused)).Loss);
    }

    [Fact]
    public void Step_is_the_newest_that_was_heard_of_from_either_side()
    {
        var progress = new RunProgress().With(new RunSeen(Views.Run(step: 20)));
        Assert.Equal(20, progress.Step);
        progress = progress.With(new StepSeen(Views.Row(24)));
        Assert.Equal(25, progress.Step);
        // A reopened stream may repeat what was seen.
        Assert.Equal(25, progress.With(new StepSeen(Views.Row(3))).With(new RunSeen(Views.Run(step: 22))).Step);
    }

    [Fact]
    public void Time_left_is_the_steps_left_at_the_mean_pace()
    {
        var progress = new RunProgress().With(new RunSeen(Views.Run(step: 20))).With(new StepSeen(Views.Row(29, seconds: 0.5)));
        Assert.Equal(TimeSpan.FromSeconds(10 * 0.5), progress.TimeLeft);
        Assert.Null(progress.With(new RunSeen(Views.Run(RunPhase.Evaluating, 40))).TimeLeft);
    }

    [Fact]
    public void Repeated_event_is_noted_once()
    {
        var line = new EventSeen(new RunEventView(3, Views.Began, "note", "once"));
        Assert.Equal(["once"], new RunProgress().With(line).With(line).Notes);
    }

    [Fact]
    public async Task Plain_display_prints_phases_events_and_a_line_every_five_seconds()
    {
        var time = new FakeTimeProvider(Views.Began);
        time.SetLocalTimeZone(TimeZoneInfo.Utc);
        using var output = new StringWriter();
        var progress = new RunProgress();
        await new PlainDisplay(output, time).RunAsync(show =>
        {
            foreach (
                var update in new RunUpdate[]
                {
                    new RunSeen(Views.Run()),
                    new StepSeen(Views.Row(20)),
                    new StepSeen(Views.Row(21)),
                    new EventSeen(new RunEventView(1, Views.Began, "n", "worker-2 was lost")),
                    new Note("a note"),
                    new RunSeen(Views.Run(RunPhase.Recovering, 22, "1 of 2 ranks is left")),
                }
            )
            {
                progress = progress.With(update);
                show(update, progress);
            }

            time.Advance(TimeSpan.FromSeconds(5));
            show(new Tick(), progress);
            return Task.CompletedTask;
        });
        Assert.Equal(
            [
                "12:00:00 running: 2 ranks train",
                "12:00:00 step 20/40 (50 %), epoch 0.5, loss 1.2500, 800 samples/s, 2 ranks",
                "12:00:00 worker-2 was lost",
                "12:00:00 a note",
                "12:00:00 recovering: 1 of 2 ranks is left",
                "12:00:05 step 22/40 (55 %), epoch 0.5, loss 1.7900, 800 samples/s, 2 ranks",
            ],
            output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)
        );
    }

    [Fact]
    public void Live_screen_shows_bar_workers_page_and_notes_of_any_text()
    {
        using var output = new StringWriter();
        var terminal = new Terminal(output, TextWriter.Null, false, TimeProvider.System);
        var progress = new RunProgress()
            .With(new RunSeen(Views.Run(reason: "[odd] markup")))
            .With(new StepSeen(Views.Row(29)))
            .With(new FleetSeen([Views.Worker("worker-1", 4711, "training")], Views.Detail().Members))
            .With(new Note("[bold] is no style here"));
        terminal.Console.Write(ScreenDisplay.Draw(progress, new Uri("http://127.0.0.1:8080/")));
        foreach (
            var part in new[]
            {
                "[odd] markup",
                "step 30/40",
                "0:00:05 left",
                "worker-1",
                "0–1",
                "4711",
                "http://127.0.0.1:8080/",
                "[bold] is no style here",
            }
        )
        {
            Assert.Contains(part, output.ToString(), StringComparison.Ordinal);
        }
    }
}
