using System.Diagnostics;
using Orchestrator.Benchmarks.AllReduce;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Benchmarks.Scaling;

/// <summary>One rank's part: blocks of all-reduces of each size behind one another, each block behind a barrier.</summary>
internal static class ScalingRank
{
    /// <summary>Behind it the benchmark starts itself for each rank.</summary>
    public const string Verb = "scaling-rank";

    /// <summary>Measured blocks of a size.</summary>
    private const int Blocks = 5;

    private const int WarmUpBytes = 512 * 1024;
    private static readonly TimeSpan WarmUpTime = TimeSpan.FromSeconds(2);

    /// <summary>The body of a rank's process: <c>--world N --transport tcp|shm|both</c>.</summary>
    public static int Run(int rank, string[] words)
    {
        var given = new BenchmarkWords(words);
        var world = given.Whole("--world", 2, Measurement.Worlds[^1]) ?? 2;
        var transport = given.Choice("--transport", "tcp", "shm", Measurement.Both);
        given.End("--world and --transport");
        return RankProcess.Run(
            rank,
            AllReduceBenchmark.Ranges(world),
            transport != "tcp",
            peer => transport == Measurement.Both ? $"host {peer * Measurement.PretendedHosts / world}" : null,
            group =>
            {
                group.Deadline = TimeSpan.FromSeconds(60);
                WarmUp(group);
                var (machine, own, begun) = (MachineLoad.BusySeconds(), Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
                SizeFigures[] sizes = [.. Measurement.Sizes.Select(bytes => Measure(group, bytes))];
                return new ScalingFigures(
                    sizes,
                    Stopwatch.GetElapsedTime(begun).TotalSeconds,
                    MachineLoad.BusySeconds() - machine,
                    (Environment.CpuUsage.TotalTime - own).TotalSeconds
                );
            }
        );
    }

    // Until the runtime has compiled what is called for a last time. Rank 0's clock is everybody's.
    private static void WarmUp(ProcessGroup group)
    {
        var begun = Stopwatch.GetTimestamp();
        using var more = new AlignedBuffer<byte>(1);
        using var sums = new Contributions(group, WarmUpBytes);
        using var wire = new GradientWire(group, Precision.Fp32);
        do
        {
            MeasuredRank.Repeat(wire, sums.Parts, 20);
            more.Span[0] = (byte)(Stopwatch.GetElapsedTime(begun) < WarmUpTime ? 1 : 0);
            group.Broadcast(FrameKind.Control, 0, more.Host);
        } while (more.Span[0] == 1);
    }

    private static SizeFigures Measure(ProcessGroup group, int bytes)
    {
        using var sums = new Contributions(group, bytes);
        using var wire = new GradientWire(group, Precision.Fp32);
        MeasuredRank.Prove(group, wire, sums.Parts);
        var calls = (int)Math.Clamp((1L << 29) / ((long)bytes * group.WorldSize), 2, 60);
        MeasuredRank.Repeat(wire, sums.Parts, calls);
        var (seconds, processor) = (new double[Blocks], new double[Blocks]);
        for (var block = 0; block < Blocks; block++)
        {
            group.Barrier();
            var used = Environment.CpuUsage.TotalTime;
            var begun = Stopwatch.GetTimestamp();
            MeasuredRank.Repeat(wire, sums.Parts, calls);
            seconds[block] = Stopwatch.GetElapsedTime(begun).TotalSeconds / calls;
            processor[block] = (Environment.CpuUsage.TotalTime - used).TotalSeconds / calls;
        }

        return new SizeFigures(bytes, seconds, processor);
    }

    private sealed class Contributions : IDisposable
    {
        private readonly AlignedBuffer<float>[] buffers;

        public Contributions(ProcessGroup group, int bytes)
        {
            buffers = [.. group.Cover.Select(_ => new AlignedBuffer<float>(bytes / sizeof(float)))];
            Parts = [.. buffers.Select(buffer => buffer.Host)];
        }

        public HostBuffer<float>[] Parts { get; }

        public void Dispose() => Array.ForEach(buffers, buffer => buffer.Dispose());
    }
}
