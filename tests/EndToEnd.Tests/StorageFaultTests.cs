using System.Diagnostics;
using Orchestrator.Cli.Demo;
using Orchestrator.Client;
using Xunit;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>Storage that is full, read-only, slow, or has damaged what it was given: the run goes on, says so, and ends at the same bits.</summary>
[Collection(UndisturbedRuns.Collection)]
public sealed class StorageFaultTests(UndisturbedRuns runs)
{
    [Theory]
    [InlineData("size=64k", "size=256m", "No space left on device")]
    [InlineData("ro,size=256m", "rw", "Read-only file system", Traits = ["Faults", "all"])]
    public async Task Storage_that_takes_nothing_stops_no_step_and_the_run_ends_once_it_does(string faulty, string repaired, string problem)
    {
        Required.Patience();
        var expected = await runs.OfAsync("light");
        using var state = StateFolder.Open(runs.Folder());
        using var storage = await PrivateMount.OpenAsync(Directory.CreateDirectory(Path.Combine(state.FullName, "mount")).FullName, faulty);
        await using var cluster = new Parts(state, "light", workers: 2) { Storage = storage.Path };
        await cluster.StartAsync();
        var run = await cluster.SubmitAsync();
        using var client = new OrchestratorClient(cluster.Server);
        await Until.HoldsAsync("every step, without a checkpoint", async () => (await client.GetRunAsync(run, default)).Step == 40);
        await Until.HoldsAsync(
            $"a word about \"{problem}\"",
            async () => (await Events(client, run, "checkpoint-trouble")).Any(e => e.Contains(problem, StringComparison.Ordinal))
        );
        Assert.Empty((await client.GetRunDetailAsync(run, default)).Checkpoints);

        await storage.RemountAsync(repaired);
        await runs.AssertEndsAsync(client, run, expected);
        Assert.Equal(40, (await client.GetRunDetailAsync(run, default)).Checkpoints[^1].Step);
    }

    [Fact]
    public async Task Slow_storage_stops_no_step_and_the_checkpoint_that_is_left_out_is_told()
    {
        Required.Patience();
        Required.Program("strace", "strace");
        var expected = await runs.OfAsync("light");
        using var state = StateFolder.Open(runs.Folder());
        await using var cluster = new Parts(state, "light", workers: 2);
        await cluster.StartAsync();
        using var client = new OrchestratorClient(cluster.Server);
        // Before the run begins, and on both: whoever is rank 0 writes.
        var slowed = (await client.ListWorkersAsync(default)).Workers.Select(w => SlowFlushes(w.ProcessId)).ToList();
        try
        {
            var run = await cluster.SubmitAsync();
            await Until.HoldsAsync(
                "a word about a checkpoint that was left out",
                async () =>
                    (await Events(client, run, "checkpoint-trouble")).Any(e => e.Contains("still being written", StringComparison.Ordinal))
            );
            slowed.ForEach(Detach);
            await runs.AssertEndsAsync(client, run, expected);
        }
        finally
        {
            slowed.ForEach(Detach);
        }
    }

    [Theory]
    [InlineData("student.safetensors", "a flipped bit", "SHA-256 is")]
    [InlineData("teacher.safetensors", "half of it", "bytes, its manifest says", Traits = ["Faults", "all"])]
    [InlineData("manifest.json", "half of it", "manifest.json cannot be read", Traits = ["Faults", "all"])]
    public async Task Damaged_newest_checkpoint_is_named_and_the_one_before_it_is_used_when_all_machines_were_lost(
        string file,
        string damage,
        string problem
    )
    {
        Required.Patience();
        var expected = await runs.OfAsync("light");
        using var state = StateFolder.Open(runs.Folder());
        var run = await LoseAllAfterTwoCheckpointsAsync(state);
        await using var cluster = new Parts(state, "light", workers: 3);
        await cluster.StartCoordinatorAsync();
        using var client = new OrchestratorClient(cluster.Server);
        var checkpoints = (await client.GetRunDetailAsync(run, default)).Checkpoints;
        var newest = Path.Combine(state.Storage, checkpoints[^1].Path);
        Assert.Equal(0, await VerifyAsync(state, newest, "whole"));
        Damage(Path.Combine(newest, file), damage);
        Assert.Equal(1, await VerifyAsync(state, newest, problem));

        await Task.WhenAll(cluster.Names.Select(name => cluster.StartWorkerAsync(name, cluster.Contact)));
        await runs.AssertEndsAsync(client, run, expected);
        var told = Assert.Single(await Events(client, run, "checkpoint-damaged"));
        Assert.Contains(checkpoints[^1].Path, told, StringComparison.Ordinal);
        Assert.Contains(problem, told, StringComparison.Ordinal);
        Assert.Contains(
            (await client.GetRunDetailAsync(run, default)).Generations,
            g => g.Number > 1 && g.BaseStep == checkpoints[^2].Step
        );
    }

    private static async Task<string> LoseAllAfterTwoCheckpointsAsync(StateFolder state)
    {
        await using var cluster = new Parts(state, "light", workers: 2);
        await cluster.StartAsync();
        var run = await cluster.SubmitAsync();
        using var client = new OrchestratorClient(cluster.Server);
        await Until.HoldsAsync("two checkpoints", async () => (await client.GetRunDetailAsync(run, default)).Checkpoints.Count >= 2);
        foreach (var id in Processes.Of(state.Coordinator).Concat(Processes.Of(Path.Combine(state.FullName, "workers"))))
        {
            Processes.Kill(id);
        }

        return run;
    }

    private static void Damage(string path, string how)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 4;
        File.WriteAllBytes(path, how == "half of it" ? bytes[..(bytes.Length / 2)] : bytes);
    }

    /// <summary>The exit code of <c>checkpoint verify</c>, which has to say so.</summary>
    private static async Task<int> VerifyAsync(StateFolder state, string checkpoint, string says)
    {
        await using var verify = CliProcess.StartProgram(state.FullName, "Worker", "checkpoint", "verify", checkpoint);
        var code = await verify.EndAsync();
        Assert.Contains(says, verify.Both, StringComparison.Ordinal);
        return code;
    }

    /// <summary>From now on each flush to disk takes half a second.</summary>
    private static Process SlowFlushes(int process)
    {
        string[] calls = ["-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:delay_enter=500000"];
        return Process.Start(
            new ProcessStartInfo("strace", ["-f", "-q", "-o", "/dev/null", .. calls, "-p", $"{process}"]) { UseShellExecute = false }
        )!;
    }

    private static void Detach(Process strace)
    {
        if (!strace.HasExited)
        {
            Processes.Signal(strace.Id, "INT");
            strace.WaitForExit();
        }
    }

    private static async Task<IReadOnlyList<string>> Events(OrchestratorClient client, string run, string kind) =>
        [.. (await client.GetRunHistoryAsync(run, default)).Events.Where(e => e.Kind == kind).Select(e => e.Text)];
}
