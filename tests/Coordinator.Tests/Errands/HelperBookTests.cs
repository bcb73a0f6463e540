using Orchestrator.Coordinator.Errands;
using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Tests.Runs;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Errands;

public sealed class HelperBookTests
{
    private const string Token = "0123456789abcdef";
    private static readonly EvaluationOrder Order = new(
        EvaluationErrandKey.Of("r-1", 20, new string('0', 64), new string('1', 16)),
        "{}",
        DeviceKind.Cpu,
        [],
        "c",
        "{}"
    )
    {
        Workers = 3,
    };

    private readonly WorkerFleet fleet = new(Token, "", new RunTimers { Silent = TimeSpan.FromSeconds(5) });
    private readonly HelperBook book = new(TimeSpan.FromSeconds(2));
    private readonly Dictionary<string, long> sequences = new(StringComparer.Ordinal);
    private DateTimeOffset now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Idle_workers_of_the_same_bits_help_up_to_as_many_as_are_wanted()
    {
        Say("a", evaluation: Order.Key);
        Say("b");
        Say("c", run: "r-2");
        Say("d", fingerprint: "other");
        Assert.Equal(["b"], Ordered());
        Say("e");
        Say("f");
        // Two beside the one that reports it.
        Assert.Equal(["e"], Ordered());
        var evaluate = Assert.IsType<Evaluate>(new HelpOrder("e", Order.Key, Order).Message(3));
        Assert.Equal((true, Order.Key, "c", 3L), (evaluate.Helps, evaluate.EvaluationKey, evaluate.CheckpointPath, evaluate.Epoch));
        // To runs they are as idle as before.
        Assert.Null(fleet.Schedulable(now).Single(w => w.WorkerId == "b").BusyWith);
    }

    [Fact]
    public void An_order_is_sent_again_until_a_status_confirms_it_and_who_has_ended_is_not_asked_again()
    {
        Say("a", evaluation: Order.Key);
        Say("b");
        Assert.Equal(["b"], Ordered());
        Assert.Empty(Ordered());
        now += TimeSpan.FromSeconds(2);
        Assert.Equal(["b"], Ordered());
        Say("b", helps: Order.Key);
        now += TimeSpan.FromSeconds(2);
        Assert.Empty(Ordered());
        Say("b");
        now += TimeSpan.FromSeconds(2);
        Assert.Empty(Ordered());
        // Another process of it may do better.
        Say("b", incarnation: 9);
        Assert.Equal(["b"], Ordered());
    }

    [Fact]
    public void Who_is_taken_by_a_run_is_let_go_and_may_help_again()
    {
        Say("a", evaluation: Order.Key);
        Say("b");
        Ordered();
        Say("b", helps: Order.Key);
        Assert.Empty(Placed());
        fleet.Assign("b", "r-2", 1);
        var stop = Assert.Single(Placed());
        Assert.Equal(("b", null), (stop.Worker, stop.Order));
        Assert.Equal(new StopHelping("r-1", 4, Order.Key), stop.Message(4));
        Say("b", run: "r-2");
        Assert.Empty(Placed());
        fleet.Release("b", "r-2");
        Say("b");
        Assert.Equal(["b"], Ordered());
    }

    [Fact]
    public void What_is_over_is_helped_with_no_more()
    {
        Say("a", evaluation: Order.Key);
        Say("b");
        Ordered();
        Say("b", helps: Order.Key);
        Say("a");
        Assert.Equal(("b", null), (Assert.Single(book.Place([], fleet, now)).Worker, Assert.Single(book.Place([], fleet, now)).Order));
        Say("b");
        Assert.Empty(book.Place([], fleet, now));
    }

    [Fact]
    public void An_errand_of_one_worker_has_no_helpers()
    {
        Say("a", evaluation: Order.Key);
        Say("b");
        Assert.Empty(book.Place([new RunningErrand(Order with { Workers = 1 }, "a")], fleet, now));
    }

    private IReadOnlyList<HelpOrder> Placed() => book.Place([new RunningErrand(Order, "a")], fleet, now);

    private IEnumerable<string> Ordered() => Placed().Where(order => order.Order is not null).Select(order => order.Worker);

    private void Say(
        string id,
        string fingerprint = "f",
        string? run = null,
        string? evaluation = null,
        string? helps = null,
        long incarnation = 1
    )
    {
        sequences[id] = sequences.GetValueOrDefault(id) + 1;
        foreach (var known in sequences.Keys)
        {
            // Everybody is heard of: silence is no matter here.
            var last = known == id ? null : fleet.Status(known);
            if (last is not null)
            {
                sequences[known]++;
                Hear(last with { Sequence = sequences[known] });
            }
        }

        Hear(
            RunHarness.Idle(id) with
            {
                Fingerprint = fingerprint,
                Run = run,
                Evaluation = evaluation,
                Helps = helps,
                Sequence = sequences[id],
                Incarnation = incarnation,
            }
        );
    }

    private void Hear(WorkerStatus status) =>
        Assert.Equal(
            StatusVerdict.Counts,
            fleet.Hear(
                status with
                {
                    Proof = JoinProof.Of(Token, status.WorkerId, status.Incarnation, status.DataHost, status.DataPort),
                },
                now
            )
        );
}
