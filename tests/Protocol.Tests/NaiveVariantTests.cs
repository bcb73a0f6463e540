using Orchestrator.Protocol.Tests.Exploration;
using Orchestrator.Protocol.Tests.World;
using Xunit;

namespace Orchestrator.Protocol.Tests;

/// <summary>Each trap of docs/protocol.md, planted: the explorer finds it, with a schedule that leads there.</summary>
public sealed class NaiveVariantTests(ITestOutputHelper output)
{
    // So many are explored at most until the variant is caught.
    private const int MostStates = 150_000;

    private static readonly string[] BothStart =
    [
        "a hears Prepare(1)",
        "a rests",
        "coordinator 1 hears a#1: Held",
        "b hears Prepare(1)",
        "b rests",
        "coordinator 1 hears b#1: Held",
        "a hears Form",
        "b hears Form",
        "a has met",
        "b has met",
        "a is ready",
        "b is ready",
    ];

    [Fact]
    public void Trap_1_forming_from_progress() =>
        Catches(NaiveVariants.FormsFromProgress, new Bounds(2, 4, 1, new Faults(0), Given: 1), "I2: ");

    [Fact]
    public void Trap_2_send_before_persist() =>
        Catches(NaiveVariants.SendsBeforeItPersists, new Bounds(2, 1, 1, new Faults(1, Freezes: 1)), "I3: ");

    [Fact]
    public void Trap_3_a_journal_without_fence() =>
        CatchesAlone(NaiveVariants.JournalWithoutFence, new Bounds(1, 1, 1, new Faults(1, SecondCoordinators: 1)), "I");

    [Fact]
    public void Trap_4_one_checkpoint_name() =>
        Catches(NaiveVariants.OneCheckpointName, new Bounds(2, 3, 2, new Faults(0), EverySteps: 1) { SlowWriter = true }, "I6: ");

    [Fact]
    public void Trap_5_copy_in_place() =>
        // b is ahead by a step, and a has stopped: too deep to be reached breadth first.
        Catches(
            NaiveVariants.CopiesInPlace,
            new Bounds(2, 4, 1, new Faults(2, WorkerCrashes: 1, WrongSuspicions: 1)),
            "I2: step",
            [
                .. BothStart,
                "a gives its part of step 1",
                "b gives its part of step 1",
                "a commits",
                "b commits",
                "a gives its part of step 2",
                "b gives its part of step 2",
                "b commits",
                "FAULT a waits too short a time for b",
            ]
        );

    [Fact]
    public void Trap_6_exit_when_finished() => Catches(NaiveVariants.ExitsWhenFinished, new Bounds(2, 2, 1, new Faults(0)), "I2: ");

    [Fact]
    public void Trap_6_drain_at_its_own_boundary() =>
        Catches(NaiveVariants.DrainsAlone, new Bounds(2, 2, 1, new Faults(1, Drains: 1)), "I2: ");

    [Fact]
    public void Trap_7_base_from_survivors() =>
        Catches(
            NaiveVariants.BaseFromSurvivors,
            new Bounds(2, 2, 1, new Faults(1, WorkerCrashes: 1), EverySteps: 1),
            "I2: ",
            [.. BothStart, "a gives its part of step 1", "b gives its part of step 1", "a commits"]
        );

    [Fact]
    public void Trap_8_giving_up_is_final() =>
        Catches(NaiveVariants.GivesUpForEver, new Bounds(2, 1, 2, new Faults(1, WorkerCrashes: 1), MostNumbers: 3), "I4: ");

    [Fact]
    public void Trap_9_only_rank_0_writes() =>
        Catches(NaiveVariants.OnlyRank0Writes, new Bounds(2, 1, 1, new Faults(1, ControlCuts: 1), MostNumbers: 1), "I4: ");

    [Fact]
    public void Trap_10_start_by_message_only() =>
        Catches(
            NaiveVariants.StartsByMessageOnly,
            new Bounds(2, 1, 2, new Faults(1, ControlCuts: 1), MostNumbers: 2) { TrainsAlone = true },
            "I4: "
        );

    [Fact]
    public void Trap_11_growth_without_the_joiner() =>
        CatchesAlone(
            NaiveVariants.GrowsWithoutTheJoiner,
            new Bounds(2, 6, 1, new Faults(0), Given: 1, MostNumbers: 2) { NumbersEnd = true },
            "I4: ",
            [
                "a hears Prepare(1",
                "a rests",
                "coordinator 1 hears a#1: Held",
                "a hears Form(g1",
                "a has met all",
                "a is ready",
                "coordinator 1 hears a#1: Ready",
                "a hears Start",
                "coordinator 1 hears a#1: Running",
                "coordinator 1's head gives b",
                "b hears Follow",
                "b follows a to step 0",
                "coordinator 1 hears b#1: Following",
            ]
        );

    [Fact]
    public void Trap_12_duels() =>
        CatchesAlone(
            NaiveVariants.Outbids,
            new Bounds(1, 1, 1, new Faults(1, SecondCoordinators: 1), MostNumbers: 6) { NumbersEnd = true },
            "I4: "
        );

    [Fact]
    public void A_promise_while_the_rank_trains() =>
        Catches(NaiveVariants.PromisesWhileItTrains, new Bounds(2, 4, 1, new Faults(0), Given: 1), "I3: ");

    private void Catches(ProtocolRules naive, Bounds bounds, string invariant, params IReadOnlyList<string> prefix)
    {
        var found = Explorer.Explore(bounds, naive, MostStates, prefix);
        output.WriteLine($"{found}\n{found.Violation}");
        Assert.StartsWith(invariant, found.Violation ?? "nothing was found");
    }

    /// <summary>The variant is caught, and the product is not.</summary>
    private void CatchesAlone(ProtocolRules naive, Bounds bounds, string invariant, params IReadOnlyList<string> prefix)
    {
        Catches(naive, bounds, invariant, prefix);
        var product = Explorer.Explore(bounds, null, MostStates, prefix);
        output.WriteLine($"the product: {product}");
        Assert.Null(product.Violation);
    }
}
