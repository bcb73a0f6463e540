using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Storage;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Runs;

public sealed class EndedRunsTests
{
    private readonly RunHarness run = new();

    private static List<JournaledEvent> Journal(IEnumerable<IRunEvent> events) =>
        [.. events.Select((e, i) => new JournaledEvent(i + 1, e))];

    private RunState Submitted => EndedRuns.Initial(run.State);

    [Fact]
    public void A_run_that_has_ended_is_as_its_actor_would_show_it()
    {
        run.Take(new CancelAsked());
        var ended = EndedRuns.Of(Submitted, Journal(run.Events), run.Now)!;
        Assert.Equal((RunPhase.Canceled, RunMode.Ended), (ended.End, ended.Mode));
        Assert.Equal(run.State.History, ended.History);
        Assert.Equal((run.State.EndReason, run.State.EndedAt), (ended.EndReason, ended.EndedAt));
    }

    [Fact]
    public void A_run_that_has_not_ended_needs_its_actor()
    {
        Assert.NotEmpty(run.Events);
        Assert.Null(EndedRuns.Of(Submitted, Journal(run.Events), run.Now));
        Assert.Null(EndedRuns.Of(Submitted, [], run.Now));
    }

    [Fact]
    public void A_journal_with_a_gap_is_left_to_the_actor_which_refuses_it()
    {
        run.Take(new CancelAsked());
        var journal = Journal(run.Events);
        Assert.NotNull(EndedRuns.Of(Submitted, journal, run.Now));
        journal[1] = journal[1] with { Sequence = 3 };
        Assert.Null(EndedRuns.Of(Submitted, journal, run.Now));
    }

    [Fact]
    public void Progress_comes_from_the_newest_row_only_where_the_journal_has_what_all_rows_tell()
    {
        run.Take(new CancelAsked());
        var row = new StepRow
        {
            Step = 41,
            Epoch = 2.5,
            Losses = [new LossTerm("loss", 0.25)],
            LearningRate = 0.1,
            GradientNorm = 1,
            Samples = 64,
            Seconds = 1,
            Phases = new Dictionary<string, double>(),
            Generation = 1,
        };
        Assert.Equal(0, EndedRuns.Progress(run.State, [])!.Next);
        Assert.Null(EndedRuns.Progress(run.State, [row]));
        var trained = run.State with { Trained = new RunTrained(42, "d", "w", "p", "losses", 3, 0.25, 0, run.Now, "audit") };
        var progress = EndedRuns.Progress(trained, [row])!;
        Assert.Equal(
            (42, "losses", "audit", 3, 0.25),
            (progress.Next, progress.LossesSha256, progress.AuditSha256, progress.FirstLoss, progress.LastLoss)
        );
    }
}
