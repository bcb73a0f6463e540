using Orchestrator.Coordinator.Errands;
using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Tests.Runs;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Errands;

public sealed class ErrandBookTests
{
    private const string Token = "0123456789abcdef";
    private static readonly TimeSpan Turn = TimeSpan.FromMinutes(5);
    private static readonly VerificationKey Key = new("r-1", 7);
    private readonly WorkerFleet fleet = new(Token, "", new RunTimers { Silent = TimeSpan.FromSeconds(5) });
    private readonly ErrandBook book = new(TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(10), Turn);
    private readonly Dictionary<string, long> sequences = new(StringComparer.Ordinal);
    private DateTimeOffset now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_step_is_asked_for_once_and_given_to_an_idle_worker_of_the_same_bits()
    {
        Say("a", fingerprint: "other");
        Say("b", run: "r-2");
        Assert.Equal(ErrandPhase.Queued, Ask().Errand!.Phase);
        Assert.Empty(book.Place(fleet, now));
        Say("c");
        Assert.Equal("c", Assert.Single(book.Place(fleet, now)).Worker);
        Assert.Equal(ErrandPhase.Running, Ask().Errand!.Phase);
        Assert.All(fleet.Schedulable(now), worker => Assert.True(worker.BusyWith is not null || worker.WorkerId == "a"));
    }

    [Fact]
    public void What_has_waited_for_its_turn_comes_before_the_runs_on_a_part_of_the_workers()
    {
        Say("a", run: "r-2");
        Say("b", run: "r-2");
        Ask();
        Ask(new VerificationKey("r-1", 8));
        now += Turn - TimeSpan.FromSeconds(1);
        Say("a");
        Say("b");
        book.PlaceOverdue(fleet, now);
        Assert.All(fleet.Schedulable(now), worker => Assert.Null(worker.BusyWith));
        now += TimeSpan.FromSeconds(1);
        book.PlaceOverdue(fleet, now);
        // The other one is left to runs.
        Assert.Equal(Key.ToString(), fleet.Schedulable(now).Single(worker => worker.WorkerId == "a").BusyWith);
        Assert.Null(fleet.Schedulable(now).Single(worker => worker.WorkerId == "b").BusyWith);
        book.PlaceOverdue(fleet, now);
        Assert.Null(fleet.Schedulable(now).Single(worker => worker.WorkerId == "b").BusyWith);
        // No run has taken it: then it is the next one's.
        Assert.Equal(["a", "b"], book.Place(fleet, now).Select(send => send.Worker));
    }

    [Fact]
    public void An_order_is_sent_again_until_the_worker_says_that_it_works_on_it()
    {
        Say("c");
        Ask();
        Assert.Single(book.Place(fleet, now));
        Assert.Empty(book.Place(fleet, now));
        now += TimeSpan.FromSeconds(2);
        Assert.Single(book.Place(fleet, now));
        Say("c", evaluation: Key.ToString());
        now += TimeSpan.FromSeconds(2);
        Assert.Empty(book.Place(fleet, now));
    }

    [Fact]
    public void A_lost_workers_step_goes_to_another()
    {
        Say("a");
        Ask();
        Assert.Equal("a", Assert.Single(book.Place(fleet, now)).Worker);
        now += TimeSpan.FromSeconds(6);
        Assert.Empty(book.Place(fleet, now));
        Assert.Equal("a is lost; waits for another idle worker", book.Find(Key.ToString())!.Reason);
        Say("b");
        Assert.Equal("b", Assert.Single(book.Place(fleet, now)).Worker);
    }

    [Fact]
    public void A_new_coordinator_takes_over_what_a_worker_computes_still_and_what_it_reports()
    {
        Say("a");
        Say("b", evaluation: Key.ToString());
        Ask();
        Assert.Empty(book.Place(fleet, now));
        Assert.Equal("b computes it", book.Find(Key.ToString())!.Reason);
        var other = new VerificationKey("r-1", 8);
        book.Take(
            Report("b", other, """{"equal":true,"compared":["losses"],"differences":[],"fromStep":4,"worker":"b","seconds":1.5}"""),
            fleet
        );
        Assert.Equal("equal; compared: losses; computed from step 4 by b in 1.5 s", book.Find(other.ToString())!.Reason);
    }

    [Fact]
    public void A_failure_frees_the_worker_and_may_be_asked_for_again()
    {
        Say("a");
        Ask();
        book.Place(fleet, now);
        book.Take(Report("a", Key, null), fleet);
        Assert.Equal(
            (ErrandPhase.Failed, "a could not compute it: no such file"),
            (book.Find(Key.ToString())!.Phase, book.Find(Key.ToString())!.Reason)
        );
        Assert.Null(Assert.Single(fleet.Schedulable(now)).BusyWith);
        Assert.Equal(ErrandPhase.Queued, Ask().Errand!.Phase);
    }

    [Fact]
    public void A_late_failure_of_who_had_it_before_is_no_end_and_a_late_result_frees_both()
    {
        Say("a");
        Ask();
        Assert.Equal("a", Assert.Single(book.Place(fleet, now)).Worker);
        now += TimeSpan.FromSeconds(6);
        Say("b");
        Assert.Equal("b", Assert.Single(book.Place(fleet, now)).Worker);
        Say("a", evaluation: Key.ToString());
        book.Take(Report("a", Key, null), fleet);
        Assert.Equal(ErrandPhase.Running, book.Find(Key.ToString())!.Phase);
        book.Take(
            Report("a", Key, """{"equal":true,"compared":["losses"],"differences":[],"fromStep":4,"worker":"a","seconds":1.5}"""),
            fleet
        );
        Assert.Equal(ErrandPhase.Done, book.Find(Key.ToString())!.Phase);
        Assert.Empty(book.Place(fleet, now));
        Assert.Null(fleet.Schedulable(now).Single(w => w.WorkerId == "b").BusyWith);
    }

    [Fact]
    public void What_is_lost_with_three_workers_or_takes_too_long_fails_and_goes_to_no_other()
    {
        foreach (var worker in (string[])["a", "b", "c"])
        {
            Say(worker);
            Ask();
            Assert.Equal(worker, Assert.Single(book.Place(fleet, now)).Worker);
            now += TimeSpan.FromSeconds(6);
        }

        Say("d");
        Assert.Empty(book.Place(fleet, now));
        Assert.Equal(
            (ErrandPhase.Failed, "3 workers were lost while they computed it, the last: c is lost"),
            (book.Find(Key.ToString())!.Phase, book.Find(Key.ToString())!.Reason)
        );
        Ask();
        Assert.Equal("d", Assert.Single(book.Place(fleet, now)).Worker);
        now += TimeSpan.FromMinutes(11);
        Say("d", evaluation: Key.ToString());
        Say("e");
        Assert.Empty(book.Place(fleet, now));
        Assert.Equal("d took longer than 10 min", book.Find(Key.ToString())!.Reason);
        Assert.False(book.IsBusy);
    }

    [Fact]
    public void What_waits_or_runs_needs_its_checkpoint_and_a_change_is_told_once()
    {
        var needed = new NeededCheckpoints();
        Say("a");
        Assert.Empty(needed.Changed(book.Orders));
        Ask("r-1/nearest", "r-1/before");
        Assert.Equal(["r-1: r-1/nearest"], Changed());
        Assert.Empty(Changed());
        Ask(new VerificationKey("r-2", 3), "r-2/c");
        Ask(new VerificationKey("r-1", 4), "r-1/nearest");
        Ask(new VerificationKey("r-1", 2), "r-1/first");
        Ask(new VerificationKey("r-1", 1));
        Assert.Equal(["r-1: r-1/first r-1/nearest", "r-2: r-2/c"], Changed());
        Assert.Equal("a", Assert.Single(book.Place(fleet, now)).Worker);
        Assert.Empty(Changed());
        book.Take(Report("a", Key, null), fleet);
        // Another one is of the same checkpoint.
        Assert.Empty(Changed());
        book.Take(Report("a", new VerificationKey("r-2", 3), null), fleet);
        Assert.Equal(["r-2: "], Changed());

        IEnumerable<string> Changed() =>
            needed.Changed(book.Orders).Select(run => $"{run.Run}: {string.Join(' ', run.Paths)}").Order(StringComparer.Ordinal);
    }

    [Fact]
    public void A_report_of_another_version_is_a_failure_in_words()
    {
        Say("a");
        Ask();
        book.Place(fleet, now);
        book.Take(Report("a", Key, """{"verdict":"fine"}"""), fleet);
        Assert.Equal("a could not compute it: its report cannot be read", book.Find(Key.ToString())!.Reason);
    }

    [Fact]
    public void Without_a_worker_of_the_same_bits_it_is_refused()
    {
        Say("a", fingerprint: "other");
        Assert.Contains("fingerprint f", Ask().Refusal, StringComparison.Ordinal);
        Assert.Null(book.Find(Key.ToString()));
    }

    [Fact]
    public void What_a_spec_asks_for_waits_for_a_worker_that_is_yet_to_come()
    {
        var order = new EvaluationOrder(
            EvaluationErrandKey.Of("r-1", 20, new string('0', 64), new string('1', 16)),
            "{}",
            DeviceKind.Cpu,
            [],
            "c",
            "{}"
        );
        Assert.NotNull(book.Ask(order, fleet, now).Refusal);
        Assert.Equal(ErrandPhase.Queued, book.Ask(order with { IsProbe = true }, fleet, now).Errand!.Phase);
        Assert.Empty(book.Place(fleet, now));
        Say("a");
        Assert.Equal("a", Assert.Single(book.Place(fleet, now)).Worker);
    }

    [Theory]
    [InlineData("verify-7@r-1", true)]
    [InlineData("verify-x@r-1", false)]
    [InlineData("verify-7@", false)]
    [InlineData("r-1/0123456789abcdef", false)]
    [InlineData(null, false)]
    public void A_key_is_read_back_and_no_other(string? key, bool isOne) => Assert.Equal(isOne ? Key : null, VerificationKey.Parse(key));

    private ErrandAnswered Ask(params string[] checkpoints) => Ask(Key, checkpoints);

    private ErrandAnswered Ask(VerificationKey key, params string[] checkpoints) =>
        book.Ask(new VerificationOrder(key, "{}", DeviceKind.Cpu, "f", [], checkpoints, RunHarness.Row(key.Step)), fleet, now);

    private void Say(string id, string fingerprint = "f", string? run = null, string? evaluation = null)
    {
        sequences[id] = sequences.GetValueOrDefault(id) + 1;
        var status = RunHarness.Idle(id) with { Fingerprint = fingerprint, Run = run, Evaluation = evaluation, Sequence = sequences[id] };
        Assert.Equal(
            StatusVerdict.Counts,
            fleet.Hear(status with { Proof = JoinProof.Of(Token, id, status.Incarnation, status.DataHost, status.DataPort) }, now)
        );
    }

    private static EvaluationReported Report(string worker, VerificationKey key, string? json) =>
        new(key.Run, worker, 1, key.ToString(), json, json is null ? "no such file" : null);
}
