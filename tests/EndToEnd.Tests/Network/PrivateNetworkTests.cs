using System.Diagnostics;
using Xunit;

namespace Orchestrator.EndToEnd.Tests.Network;

[Collection(UndisturbedRuns.Collection)]
public sealed class PrivateNetworkTests
{
    [Fact]
    public async Task What_a_process_that_is_gone_has_left_goes_and_nothing_is_left_of_ones_own()
    {
        PrivateNetwork.Open().Dispose();
        using var gone = Process.Start("true");
        await gone.WaitForExitAsync(TestContext.Current.CancellationToken);
        var left = $"orch-net-{gone.Id}-worker-1";
        using (var add = Process.Start("ip", ["netns", "add", left]))
        {
            await add.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.Contains(left, Names());
        using (PrivateNetwork.Open("worker-1"))
        {
            Assert.DoesNotContain(left, Names());
            Assert.Contains($"orch-net-{Environment.ProcessId}-worker-1", Names());
        }

        Assert.DoesNotContain(Names(), name => name.StartsWith($"orch-net-{Environment.ProcessId}-", StringComparison.Ordinal));
    }

    private static IEnumerable<string> Names() => Directory.GetFiles("/run/netns").Select(path => Path.GetFileName(path));
}
