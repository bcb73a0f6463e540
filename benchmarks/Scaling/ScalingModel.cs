using Orchestrator.Benchmarks.AllReduce;
using Orchestrator.Benchmarks.Scaling.Model;

namespace Orchestrator.Benchmarks.Scaling;

/// <summary>The costs that a machine's measurements give, how well they foretell those that they were not fitted to, and what follows for large worlds.</summary>
internal sealed class ScalingModel
{
    private const int LargestWorld = 1024;

    // However busy the others are, the scheduler gives everybody a share.
    private const double LeastCores = 0.25;
    private readonly MeasuredMachine machine;
    private readonly ScalingArguments arguments;

    public ScalingModel(MeasuredMachine machine, ScalingArguments arguments)
    {
        (this.machine, this.arguments) = (machine, arguments);
        Tcp = Fit("tcp");
        SharedMemory = Fit("shm");
        WakeSeconds = Math.Max(0, machine.Measurements.Where(IsWakeUp).Min(seen => seen.Seconds - (seen.ProcessorSeconds / 2)));
        Checks = [.. machine.Measurements.Select(Check)];
    }

    /// <summary>By which a prediction of processor time may be off, either way.</summary>
    public const double StatedFactor = 2;

    /// <summary>Networks in gigabits a second of a host.</summary>
    public static IReadOnlyList<int> Networks { get; } = [25, 400];

    /// <summary>Ranks of a host.</summary>
    public static IReadOnlyList<int> HostRanks { get; } = [1, 8];

    public LinkCosts Tcp { get; }

    public LinkCosts SharedMemory { get; }

    /// <summary>From a frame's being there until its receiver runs, on this machine.</summary>
    public double WakeSeconds { get; }

    /// <summary>Whether the processor time of every measurement that costs were not fitted to is within <see cref="StatedFactor"/>.</summary>
    public bool Holds =>
        Checks.Where(check => !check.Measured.Fitted).All(check => CheckedMeasurement.Factor(check.ProcessorRatio) <= StatedFactor);

    /// <summary>Each measurement beside what the model says of it.</summary>
    public IReadOnlyList<CheckedMeasurement> Checks { get; }

    public StepAssumptions Assumed =>
        new(arguments.StepMs / 1000, 2.0 / 3, arguments.Length, arguments.ElementBytes, arguments.BucketMib << 20);

    /// <summary>The step's time by world, 1 to 1,024, for one network and kind of host.</summary>
    public StepGrowth[] Growth(int gigabits, int ranksOfHost) =>
        [.. Worlds(1).Select(world => StepGrowth.Of(world, new HostPlacement(ranksOfHost), Host(gigabits, ranksOfHost), Assumed))];

    /// <summary>The gradient's exchange by every algorithm, in a world.</summary>
    public IEnumerable<(string Algorithm, bool Bits, ExchangeTime Time)> Algorithms(int world, int gigabits, int ranksOfHost)
    {
        var placement = new HostPlacement(ranksOfHost);
        var bytes = (long)arguments.Length * arguments.ElementBytes;
        (ExchangeLoad Load, bool Bits)[] all =
        [
            (Planned(world).Load(arguments.Length, arguments.ElementBytes, placement), true),
            (OtherExchanges.Ring(world, bytes, placement), false),
            (OtherExchanges.Halving(world, bytes, placement), true),
            (OtherExchanges.Tree(world, bytes, placement), true),
        ];
        return all.Select(one => (one.Load.Algorithm, one.Bits, ExchangeTime.Of(one.Load, bytes, placement, Host(gigabits, ranksOfHost))));
    }

    /// <summary>Where the code changes from one algorithm to the other, and where the model would, with one rank a host.</summary>
    public WholeLimit[] Limits(int gigabits) =>
        [.. Worlds(2).Select(world => WholeLimit.Of(world, new HostPlacement(1), Host(gigabits, 1)))];

    private readonly Dictionary<int, PlannedWorld> planned = [];

    private IEnumerable<PlannedWorld> Worlds(int least)
    {
        for (var world = least; world <= LargestWorld; world *= 2)
        {
            yield return Planned(world);
        }
    }

    private PlannedWorld Planned(int world)
    {
        if (!planned.TryGetValue(world, out var plan))
        {
            planned[world] = plan = new PlannedWorld(AllReduceBenchmark.Ranges(world));
        }

        return plan;
    }

    private Hardware Host(int gigabits, int ranks) =>
        new(
            SharedMemory,
            Tcp,
            machine.AddedByteSeconds,
            (double)arguments.Cores * ranks,
            arguments.Threads,
            machine.CacheBytes,
            Hardware.LinkOf(gigabits),
            arguments.LatencyUs * 1e-6
        );

    // Two ranks on two cores, a frame each way: what is no processor time is the way to the other one.
    private static bool IsWakeUp(Measurement seen) =>
        string.Equals(seen.Transport, "tcp", StringComparison.Ordinal) && seen.World == 2 && seen.Bytes == Measurement.Sizes[0];

    private LinkCosts Fit(string transport) =>
        CostFit.Of(
            [
                .. machine
                    .Measurements.Where(seen => seen.Fitted && string.Equals(seen.Transport, transport, StringComparison.Ordinal))
                    .Select(seen => new Observation(seen.Load(), seen.Bytes, seen.ProcessorSeconds)),
            ],
            machine.AddedByteSeconds,
            machine.CacheBytes
        );

    private CheckedMeasurement Check(Measurement seen)
    {
        var near = string.Equals(seen.Transport, "tcp", StringComparison.Ordinal) ? Tcp : SharedMemory;
        var cores = Math.Max(LeastCores, machine.Cores - seen.OtherCores);
        var host = new Hardware(near, Tcp, machine.AddedByteSeconds, cores, 1, machine.CacheBytes, double.PositiveInfinity, WakeSeconds);
        var time = ExchangeTime.Of(seen.Load(), seen.Bytes, new HostPlacement(seen.World), host);
        return new CheckedMeasurement(seen, time.HostProcessor, time.Seconds);
    }
}
