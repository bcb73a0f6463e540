using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Collectives;
using Orchestrator.Worker.Agent;
using Orchestrator.Worker.Checkpoints;
using Orchestrator.Worker.Ranks;
using Orchestrator.Worker.Telemetry;

namespace Orchestrator.Benchmarks;

/// <summary>
/// A ViT-B's whole state through the worker's own checkpoint writer and back, beside the same bytes written and read plainly on the same disk, in
/// turn. Seconds are those of the clock: what counts is the disk.
/// </summary>
internal static class CheckpointBenchmark
{
    private const int Chunk = 1 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Prints a line a round, and one with the medians.</summary>
    public static int Run(string[] rest)
    {
        var folder = Path.GetFullPath(rest[0]);
        var rounds = rest.Length > 1 ? int.Parse(rest[1], CultureInfo.InvariantCulture) : 3;
        using var state = VitBaseState.Create();
        var bytes = VitBaseState.Bytes(state);
        using var written = new SemaphoreSlim(0);
        string? path = null;
        var store = new FolderCheckpoints(folder);
        using var writer = new CheckpointWriter(
            store,
            "benchmark",
            1,
            TimeSpan.Zero,
            said =>
            {
                path = (said as CheckpointStored)?.Written.Path ?? throw new InvalidOperationException($"no checkpoint: {said}");
                written.Release();
            },
            new WorkerMetrics(new FrameTraffic()),
            NullLogger.Instance
        );
        List<Round> all = [];
        // The first one allocates the copy's memory and compiles the code: it is left out.
        for (var round = 0; round <= rounds; round++)
        {
            state.SetStep(round + 1, 1);
            var plainWrite = Seconds(() => PlainWrite(state, Path.Combine(folder, "plain")));
            File.Delete(Path.Combine(folder, "plain"));
            var begun = Stopwatch.GetTimestamp();
            if (writer.TryBegin("r", VitBaseState.Spec, 1, state) != CheckpointStart.Begun)
            {
                throw new InvalidOperationException("the checkpoint was not begun");
            }

            var blocked = Stopwatch.GetElapsedTime(begun).TotalSeconds;
            writer.AwaitCopied();
            var copied = Stopwatch.GetElapsedTime(begun).TotalSeconds;
            if (!written.Wait(Patience))
            {
                throw new TimeoutException($"the writer has not written for {Patience.TotalMinutes:0} minutes");
            }

            var write = Stopwatch.GetElapsedTime(begun).TotalSeconds;
            var files = Directory.GetFiles(Path.Combine(folder, path!), "*.safetensors");
            using var spare = state.CreateLike();
            Drop(files);
            var plainCold = Seconds(() => PlainRead(files));
            Drop(files);
            var cold = Seconds(() => store.Read(path!, spare));
            var plainWarm = Seconds(() => PlainRead(files));
            var warm = Seconds(() => store.Read(path!, spare));
            if (spare.Digest() != state.Digest())
            {
                throw new InvalidOperationException("what was read is not what was written");
            }

            store.Delete(path!);
            if (round > 0)
            {
                all.Add(new Round(blocked, copied, write, plainWrite, cold, plainCold, warm, plainWarm));
                Print("round", bytes, all[^1]);
            }
        }

        double Median(Func<Round, double> time) => all.Select(time).Order().ElementAt(all.Count / 2);
        Print(
            "median",
            bytes,
            new Round(
                Median(r => r.Blocked),
                Median(r => r.Copied),
                Median(r => r.Write),
                Median(r => r.PlainWrite),
                Median(r => r.Cold),
                Median(r => r.PlainCold),
                Median(r => r.Warm),
                Median(r => r.PlainWarm)
            )
        );
        return 0;
    }

    private static void Print(string what, long bytes, Round round)
    {
        string Rate(double seconds) => (bytes / seconds / 1e6).ToString("F0", CultureInfo.InvariantCulture);
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $$"""{"benchmark":"checkpoint","what":"{{what}}","megabytes":{{bytes / 1e6:F0}},"blockedMilliseconds":{{round.Blocked * 1e3:F2}},"copyMilliseconds":{{round.Copied * 1e3:F0}},"writeSeconds":{{round.Write:F2}},"blockedOfWritePercent":{{100 * round.Blocked / round.Write:F3}},"writeMegabytesPerSecond":{{Rate(round.Write)}},"plainWriteMegabytesPerSecond":{{Rate(round.PlainWrite)}},"coldReadMegabytesPerSecond":{{Rate(round.Cold)}},"plainColdReadMegabytesPerSecond":{{Rate(round.PlainCold)}},"warmReadMegabytesPerSecond":{{Rate(round.Warm)}},"plainWarmReadMegabytesPerSecond":{{Rate(round.PlainWarm)}}}"""
            )
        );
    }

    private static double Seconds(Action action)
    {
        var begun = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    /// <summary>As <c>dd conv=fsync</c>: one file, in order, and on disk when it returns.</summary>
    private static void PlainWrite(TrainingRunState state, string path)
    {
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        foreach (var region in state.Regions)
        {
            ReadOnlySpan<byte> left = MemoryMarshal.AsBytes(region.Buffer.Span);
            for (; left.Length > 0; left = left[Math.Min(Chunk, left.Length)..])
            {
                stream.Write(left[..Math.Min(Chunk, left.Length)]);
            }
        }

        stream.Flush(flushToDisk: true);
    }

    private static void PlainRead(IEnumerable<string> files)
    {
        var buffer = new byte[Chunk];
        foreach (var file in files)
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            while (stream.Read(buffer) > 0) { }
        }
    }

    /// <summary>Out of the page cache.</summary>
    private static void Drop(IEnumerable<string> files)
    {
        foreach (var file in files)
        {
            using var dd = Process.Start(new ProcessStartInfo("dd", [$"if={file}", "iflag=nocache", "count=0", "status=none"]))!;
            dd.WaitForExit();
            if (dd.ExitCode != 0)
            {
                throw new InvalidOperationException($"dd could not drop {file} from the page cache");
            }
        }
    }

    private sealed record Round(
        double Blocked,
        double Copied,
        double Write,
        double PlainWrite,
        double Cold,
        double PlainCold,
        double Warm,
        double PlainWarm
    );
}
