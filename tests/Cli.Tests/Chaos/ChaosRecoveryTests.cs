using Orchestrator.Cli.Chaos;
using Orchestrator.Shared.Api;
using Xunit;

namespace Orchestrator.Cli.Tests.Chaos;

public sealed class ChaosRecoveryTests
{
    private static readonly GenerationView[] Generations =
    [
        Generation(1, 0, false, "worker-1", "worker-2", "worker-3"),
        Generation(2, 10.2, true, "worker-1", "worker-3"),
        Generation(3, 20, false, "worker-1", "worker-3", "worker-2"),
        Generation(4, 30.5, true, "worker-1"),
    ];

    private static readonly RunEventView[] Events =
    [
        Event(0, "generation-prepared", "prepares generation 1: first generation"),
        Event(10.05, "generation-prepared", "prepares generation 2: worker-1 lost worker-2"),
        Event(10.2, "generation-formed", "generation 2 of worker-1, worker-3"),
        Event(10.6, "generation-resumed", "generation 2 committed its first step"),
        Event(19, "generation-prepared", "prepares generation 3: worker-2 joins"),
        Event(30, "generation-prepared", "prepares generation 4: worker-1 lost worker-2"),
        Event(30.5, "generation-formed", "generation 4 of worker-1"),
        Event(31.5, "generation-resumed", "generation 4 committed its first step"),
    ];

    [Theory]
    [InlineData(10, "worker-2", 0.05, 0.2, 0.6)]
    // Killed while the generation was prepared for another.
    [InlineData(30.1, "worker-3", null, 0.4, 1.4)]
    // No rank of the generation that trained: it cost nothing.
    [InlineData(15, "worker-2", null, null, null)]
    // The run ended before it would have been missed.
    [InlineData(40, "worker-1", null, null, null)]
    // What came next was a growth that lost nothing.
    [InlineData(19.5, "worker-3", null, null, null)]
    public void A_kill_is_measured_to_the_first_step_of_the_generation_formed_without_it(
        double at,
        string worker,
        double? heard,
        double? formed,
        double? next
    )
    {
        var measured = Assert.Single(ChaosRecovery.Measure([Strike(at, ChaosKind.Kill, worker, 99)], Generations, Events));
        Assert.Equal((heard, formed, next), (measured.HeardSeconds, measured.FormedSeconds, measured.NextStepSeconds));
    }

    [Fact]
    public void Other_faults_stay_as_they_were_seen()
    {
        var pause = Strike(10, ChaosKind.Pause, "worker-2", 3);
        Assert.Equal(pause, Assert.Single(ChaosRecovery.Measure([pause], Generations, Events)));
    }

    [Fact]
    public void A_kill_is_alone_unless_another_fault_overlaps_it()
    {
        var first = Strike(10, ChaosKind.Kill, "worker-2", 1);
        var apart = Strike(11.5, ChaosKind.Pause, "worker-1", 0.2);
        Assert.True(ChaosRecovery.IsAlone(first, [first, apart]));
        Assert.False(ChaosRecovery.IsAlone(first, [first, Strike(10.9, ChaosKind.Kill, "worker-3", 0.5)]));
        Assert.False(ChaosRecovery.IsAlone(first, [Strike(8, ChaosKind.KillCoordinator, "coordinator", 2.5), first]));
        Assert.False(ChaosRecovery.IsAlone(first with { NextStepSeconds = null }, [first]));
    }

    private static ChaosOutcome Strike(double at, ChaosKind kind, string target, double? next) =>
        new(Views.Began.AddSeconds(at), 5, kind, target, null, next);

    private static GenerationView Generation(long number, double at, bool recovery, params string[] workers) =>
        new(number, Views.Began.AddSeconds(at), "", 0, workers, recovery, 0);

    private static RunEventView Event(double at, string kind, string text) => new(0, Views.Began.AddSeconds(at), kind, text);
}
