using Xunit;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>However the demo ends, no process of it is left.</summary>
[Collection(UndisturbedRuns.Collection)]
public sealed class WaysOutTests(UndisturbedRuns runs)
{
    /// <summary>Children notice that their standard input closed; training they are in the middle of may take its step first.</summary>
    private static readonly TimeSpan ChildrenEnd = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Ctrl_C_ends_with_130_and_leaves_no_process()
    {
        var state = runs.Folder();
        await using var demo = CliProcess.StartDemo("steady", state, "--workers", "2");
        await demo.RunAsync();
        Assert.True(Processes.Of(state).Count >= 4, $"CLI, coordinator and two workers should run: {demo.Both}");
        Processes.Signal(demo.Id, "INT");
        Assert.True(await demo.EndAsync() == 130, demo.Both);
        await Processes.AssertNoneAsync(state, TimeSpan.Zero);
        Assert.Empty(demo.Out);
    }

    [Fact]
    public async Task Killed_cli_leaves_no_process()
    {
        var state = runs.Folder();
        await using var demo = CliProcess.StartDemo("steady", state, "--workers", "2");
        await demo.RunAsync();
        Processes.Kill(demo.Id);
        await Processes.AssertNoneAsync(state, ChildrenEnd);
    }

    [Fact]
    public async Task Error_of_a_worker_ends_the_run_with_1_its_words_and_no_process()
    {
        var state = runs.Folder();
        var empty = Directory.CreateDirectory(Path.Combine(state, "no-data-here")).FullName;
        await using var demo = CliProcess.Start(state, "demo", "--spec", Repository.Spec("short"), "--data-root", empty, "--state", state);
        Assert.True(await demo.EndAsync() == 1, demo.Both);
        Assert.Contains("t10k-images-idx3-ubyte", demo.Both, StringComparison.Ordinal);
        await Processes.AssertNoneAsync(state, TimeSpan.Zero);
    }

    [Fact]
    public async Task Second_demo_in_a_used_state_folder_is_refused_and_the_first_goes_on()
    {
        var state = runs.Folder();
        await using var first = CliProcess.StartDemo("short", state, "--workers", "1", "--keep");
        var page = await first.PageAsync();
        await using var second = CliProcess.StartDemo("short", state, "--workers", "1");
        Assert.Equal(2, await second.EndAsync());
        Assert.Contains("is in use", second.Both, StringComparison.Ordinal);
        await using var list = CliProcess.Start(state, "list", "--server", $"{page}");
        Assert.True(await list.EndAsync() == 0, list.Both);
        await first.SaysAsync(new("stays up"));
        Processes.Signal(first.Id, "INT");
        Assert.True(await first.EndAsync() == 0, first.Both);
        await Processes.AssertNoneAsync(state, TimeSpan.Zero);
    }

    [Theory]
    [InlineData("--kill-at", "3", "--workers", "1")]
    [InlineData("--workers", "5")]
    [InlineData("--kill-at", "40")]
    [InlineData("--workers", "none")]
    public async Task Bad_options_end_with_2_and_start_nothing(params string[] args)
    {
        var state = runs.Folder();
        await using var demo = CliProcess.StartDemo("short", state, args);
        Assert.True(await demo.EndAsync() == 2, demo.Both);
        Assert.Empty(demo.Out);
        Assert.Empty(Directory.GetFileSystemEntries(state));
    }
}
