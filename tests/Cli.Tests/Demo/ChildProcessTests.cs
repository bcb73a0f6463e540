using Orchestrator.Cli.Demo;
using Xunit;

namespace Orchestrator.Cli.Tests.Demo;

/// <summary>The child is this CLI itself: without arguments it prints its help and ends.</summary>
public sealed class ChildProcessTests
{
    private static readonly string Program = typeof(CliApp).Assembly.Location;

    [Fact]
    public async Task Child_that_ends_before_it_is_ready_is_told_with_its_log()
    {
        using var folder = new TemporaryFolder();
        await using var child = Start(folder, "never printed");
        var e = await Assert.ThrowsAsync<CliException>(() =>
            child.ReadyAsync(TimeSpan.FromMinutes(1), TimeProvider.System, TestContext.Current.CancellationToken)
        );
        Assert.Contains("child ended before it was ready (exit code 0)", e.Message, StringComparison.Ordinal);
        Assert.Contains(e.Why, line => line.StartsWith("child: ", StringComparison.Ordinal));
        Assert.Contains(child.LogPath, e.Next, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ready_line_is_split_into_its_words()
    {
        using var folder = new TemporaryFolder();
        await using var child = Start(folder, "    demo");
        Assert.Empty(await child.ReadyAsync(TimeSpan.FromMinutes(1), TimeProvider.System, TestContext.Current.CancellationToken));
        Assert.Equal(0, await child.Ended);
        Assert.Contains(
            "USAGE:",
            await File.ReadAllTextAsync(child.LogPath, TestContext.Current.CancellationToken),
            StringComparison.Ordinal
        );
    }

    private static ChildProcess Start(TemporaryFolder folder, string readyPrefix) =>
        ChildProcess.Start(
            "child",
            Program,
            new Dictionary<string, string>(StringComparer.Ordinal),
            Path.Combine(folder.Path, "logs", "child.log"),
            readyPrefix
        );
}
