using Orchestrator.Cli.Demo;
using Orchestrator.Client;
using Orchestrator.EndToEnd.Tests.Network;
using Orchestrator.Shared.Api;
using Xunit;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>Three coordinators and PostgreSQL: whichever of them is lost, the run ends with the same bits, and its history tells everything once.</summary>
[Collection(UndisturbedRuns.Collection)]
public sealed class ThreeCoordinatorsTests(UndisturbedRuns runs)
{
    [Fact]
    [Trait("Faults", "all")]
    public async Task Another_coordinator_takes_over_when_the_oldest_is_killed_and_workers_train_on_meanwhile()
    {
        Required.Patience();
        var expected = await runs.OfAsync("steady");
        using var state = StateFolder.Open(runs.Folder());
        await using var trio = await Trio.StartAsync(state, "steady", workers: 2);
        var first = await trio.LeadsAsync(0, 1, 2);
        int[] others = [.. new[] { 0, 1, 2 }.Where(i => i != first)];
        foreach (var other in others)
        {
            await trio.StandsByAsync(other, first);
        }

        var run = await trio.SubmitAsync(to: others[0]);
        var told = FollowAsync(trio, run);
        await Until.HoldsAsync("the run's first steps", async () => (await trio.Client.GetRunAsync(run, default)).Step >= 3);
        var metrics = await WorkerMetrics.OfAsync(trio.Client);
        var before = (await trio.Client.GetRunHistoryAsync(run, default)).Events;

        // While the other two stand still nobody can lead, however long it takes the workers to make two steps.
        foreach (var other in others)
        {
            Processes.Signal(trio[other].Id, "STOP");
        }

        Processes.Kill(trio[first].Id);
        await trio[first].Ended;
        await metrics.RisesAsync(by: 2);
        foreach (var other in others)
        {
            Processes.Signal(trio[other].Id, "CONT");
        }

        var second = await trio.LeadsAsync(others);
        await runs.AssertEndsAsync(trio.Client, run, expected);
        await trio.StandsByAsync(others.Single(i => i != second), second);
        await AssertToldOnceAsync(trio, run, before, told, heads: [2]);
    }

    [Fact]
    public async Task A_frozen_oldest_leads_no_more_when_it_thaws_and_stands_by()
    {
        Required.Patience();
        var expected = await runs.OfAsync("steady");
        using var state = StateFolder.Open(runs.Folder());
        await using var trio = await Trio.StartAsync(state, "steady", workers: 2);
        var frozen = await trio.LeadsAsync(0, 1, 2);
        int[] others = [.. new[] { 0, 1, 2 }.Where(i => i != frozen)];
        // Two lead once they are two of three: one that has not been counted in yet is not left over.
        foreach (var other in others)
        {
            await trio.StandsByAsync(other, frozen);
        }

        var run = await trio.SubmitAsync(to: frozen);
        var told = FollowAsync(trio, run);
        await Until.HoldsAsync("the run's first steps", async () => (await trio.Client.GetRunAsync(run, default)).Step >= 3);
        var before = (await trio.Client.GetRunHistoryAsync(run, default)).Events;

        Processes.Signal(trio[frozen].Id, "STOP");
        var second = await trio.LeadsAsync(others);
        Processes.Signal(trio[frozen].Id, "CONT");
        await trio.StandsByAsync(frozen, second);
        // Whether the journal refuses its append first or the cluster tells it first that it was removed is a race; leading on would be wrong.
        Assert.DoesNotContain("it leads on", Log(state, frozen), StringComparison.Ordinal);

        // The thawed one counts: with it, two of three are left.
        Processes.Kill(trio[second].Id);
        await trio[second].Ended;
        var third = await trio.LeadsAsync([.. new[] { 0, 1, 2 }.Where(i => i != second)]);
        await runs.AssertEndsAsync(trio.Client, run, expected);
        Assert.NotEqual(second, third);
        // A run that has ended by then is not taken over.
        await AssertToldOnceAsync(trio, run, before, told, heads: [2, 3]);
    }

    /// <summary>It reaches the journal, and it is asked by who reaches it: but it is one of three.</summary>
    [Fact]
    [Trait("Faults", "all")]
    public async Task An_oldest_that_is_cut_off_from_the_others_and_from_the_workers_ends_its_term_and_stands_by_when_it_is_back()
    {
        Required.Patience();
        var expected = await runs.OfAsync("steady");
        using var network = PrivateNetwork.Open([.. Trio.Names, "worker-1", "worker-2"]);
        using var state = StateFolder.Open(runs.Folder());
        await using var trio = await Trio.StartAsync(state, "steady", workers: 2, network);
        var oldest = await trio.LeadsAsync(0, 1, 2);
        int[] others = [.. new[] { 0, 1, 2 }.Where(i => i != oldest)];
        var run = await trio.SubmitAsync(to: oldest);
        var told = FollowAsync(trio, run);
        await Until.HoldsAsync("the run's first steps", async () => (await trio.Client.GetRunAsync(run, default)).Step >= 3);
        var before = (await trio.Client.GetRunHistoryAsync(run, default)).Events;

        PrivateNetwork.Fail(network.Between([Trio.Names[oldest]], [.. others.Select(i => Trio.Names[i]), "worker-1", "worker-2"]));
        var second = await trio.LeadsAsync(others);
        await trio.LeadsNoMoreAsync(oldest);
        var step = (await trio.Client.GetRunAsync(run, default)).Step;
        await Until.HoldsAsync("steps under the other", async () => (await trio.Client.GetRunAsync(run, default)).Step >= step + 2);
        Assert.True(PrivateNetwork.Heal() > 0, "nothing was cut");
        await trio.StandsByAsync(oldest, second);
        await runs.AssertEndsAsync(trio.Client, run, expected);
        await AssertToldOnceAsync(trio, run, before, told, heads: [2]);
    }

    private static string Log(StateFolder state, int coordinator)
    {
        using var reader = new StreamReader(
            new FileStream(state.Log($"coordinator-{coordinator + 1}"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite)
        );
        return reader.ReadToEnd();
    }

    /// <summary>Everything that a client hears which follows the run through all coordinators.</summary>
    private static async Task<(List<long> Steps, List<long> Events)> FollowAsync(Trio trio, string run)
    {
        var (steps, events) = (new List<long>(), new List<long>());
        using var client = new OrchestratorClient(trio.Servers);
        await foreach (var update in client.StreamRunEventsAsync(run, TimeSpan.FromMinutes(2)))
        {
            switch (update)
            {
                case StepSeen step:
                    steps.Add(step.Row.Step);
                    break;
                case EventSeen line:
                    events.Add(line.Event.Sequence);
                    break;
                default:
                    break;
            }
        }

        return (steps, events);
    }

    /// <summary>Nothing lost and nothing doubled: in the history, in the journal, in the rows, and for a client.</summary>
    private static async Task AssertToldOnceAsync(
        Trio trio,
        string run,
        IReadOnlyList<RunEventView> before,
        Task<(List<long> Steps, List<long> Events)> told,
        IReadOnlyList<int> heads
    )
    {
        var history = (await trio.Client.GetRunHistoryAsync(run, default)).Events;
        Assert.Equal(before, history.Take(before.Count));
        Assert.Equal(Enumerable.Range(0, history.Count).Select(i => (long)i), history.Select(e => e.Sequence));
        Assert.Contains(history.Count(e => e.Kind == "adopted"), heads);
        Assert.Equal("adopted", history[0].Kind);
        Assert.All((string[])["generation-formed", "trained", "completed"], kind => Assert.Single(history, e => e.Kind == kind));
        var checkpoints = history.Where(e => e.Kind == "checkpoint-completed").Select(e => e.Text).ToList();
        Assert.Equal(checkpoints.Distinct(), checkpoints);
        Assert.Equal(
            $"{history.Count}|1|{history.Count}",
            await trio.Database.QueryAsync(
                $"SELECT count(*), min(sequence_number), max(sequence_number) FROM journal WHERE persistence_id = 'run-{run}'"
            )
        );
        var detail = await trio.Client.GetRunDetailAsync(run, default);
        Assert.Equal((0, 0L, 0), (detail.Recoveries, detail.StepsLost, detail.CheckpointsRead));
        Assert.Equal(
            $"{detail.Run.Step}|0|{detail.Run.Step - 1}",
            await trio.Database.QueryAsync($"SELECT count(*), min(step), max(step) FROM step_rows WHERE run = '{run}'")
        );
        var (steps, events) = await told;
        // Of a run that ends while its stream is broken, a client asks for the rest.
        Assert.NotEmpty(events);
        Assert.Equal(history.Take(events.Count).Select(e => e.Sequence), events);
        Assert.Equal(Enumerable.Range((int)steps[0], steps.Count).Select(i => (long)i), steps);
    }
}
