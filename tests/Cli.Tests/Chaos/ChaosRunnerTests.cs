using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Orchestrator.Cli.Chaos;
using Orchestrator.Client;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Cli.Tests.Chaos;

/// <summary>Strikes against processes that sleep, of a run whose steps the test counts.</summary>
public sealed class ChaosRunnerTests
{
    [Fact]
    public async Task Strikes_come_at_their_steps_and_spare_those_whom_the_run_needs()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals");
        using var first = Sleeper();
        using var second = Sleeper();
        var step = 0L;
        await using var coordinator = await FakeCoordinator.StartAsync();
        coordinator.On(
            "GET /api/v1/runs/r-1",
            context => context.Response.WriteAsJsonAsync(View(Interlocked.Read(ref step)), RunSpecJson.Options)
        );
        using var client = new OrchestratorClient(new Uri(coordinator.Url));
        var told = new List<string>();
        var runner = new ChaosRunner(client, new Sleepers(first, second), minimum: 1, TimeProvider.System, told.Add);
        var kills = new[]
        {
            new ChaosStrike(2, ChaosKind.Kill, 0.9, TimeSpan.Zero),
            // Only one is left by then: it waits, and the run ends without it.
            new ChaosStrike(3, ChaosKind.Kill, 0.1, TimeSpan.Zero),
        };
        var running = runner.RunAsync("r-1", kills, TestContext.Current.CancellationToken);
        await LooksAsync(coordinator, 3);
        Assert.False(second.HasExited);
        Interlocked.Exchange(ref step, 2);
        await second.WaitForExitAsync(TestContext.Current.CancellationToken);
        Interlocked.Exchange(ref step, 5);
        await LooksAsync(coordinator, 5);
        Assert.False(first.HasExited);
        Interlocked.Exchange(ref step, 10);
        var outcome = Assert.Single(await running);
        Assert.Equal((2L, ChaosKind.Kill, "second"), (outcome.Step, outcome.Kind, outcome.Target));
        Assert.True(outcome.NextStepSeconds > 0);
        Assert.Equal("chaos: kill of second after step 2", told[0]);
        first.Kill();
    }

    [Fact]
    public async Task A_paused_worker_goes_on_also_when_the_schedule_is_given_up()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals");
        using var first = Sleeper();
        using var second = Sleeper();
        await using var coordinator = await FakeCoordinator.StartAsync();
        coordinator.On("GET /api/v1/runs/r-1", View(5));
        using var client = new OrchestratorClient(new Uri(coordinator.Url));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var runner = new ChaosRunner(client, new Sleepers(first, second), minimum: 1, TimeProvider.System, _ => { });
        var running = runner.RunAsync("r-1", [new ChaosStrike(1, ChaosKind.Pause, 0, TimeSpan.FromHours(1))], stop.Token);
        Assert.True(SpinWait.SpinUntil(() => StateOf(first) == 'T', TimeSpan.FromSeconds(30)), "never stopped");
        Assert.Equal('S', StateOf(second));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.True(SpinWait.SpinUntil(() => StateOf(first) == 'S', TimeSpan.FromSeconds(30)), "stays stopped");
        first.Kill();
        second.Kill();
    }

    private static RunView View(long step) => step == 10 ? Views.Run(RunPhase.Completed, step) : Views.Run(RunPhase.Running, step);

    /// <summary>Waits until the runner has looked at the run so many times more.</summary>
    private static async Task LooksAsync(FakeCoordinator coordinator, int times)
    {
        var target = coordinator.Requests.Count + times;
        while (coordinator.Requests.Count < target)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>As /proc shows it: S sleeps, T is stopped.</summary>
    private static char StateOf(Process process)
    {
        var stat = File.ReadAllText($"/proc/{process.Id}/stat");
        return stat[stat.LastIndexOf(')') + 2];
    }

    private static Process Sleeper() => Process.Start("sleep", ["60"]);

    private sealed class Sleepers(params Process[] processes) : IChaosTargets
    {
        private static readonly string[] Names = ["first", "second"];

        public Task<IReadOnlyList<ChaosTarget>> WorkersAsync(CancellationToken cancellation) =>
            Task.FromResult<IReadOnlyList<ChaosTarget>>([
                .. processes.Zip(Names).Where(p => !p.First.HasExited).Select(p => new ChaosTarget(p.Second, p.First.Id)),
            ]);

        public void KillCoordinator() => throw new NotSupportedException();
    }
}
