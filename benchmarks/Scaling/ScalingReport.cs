using System.Globalization;
using System.Text;

namespace Orchestrator.Benchmarks.Scaling;

/// <summary>What the benchmark found, as tables.</summary>
internal static class ScalingReport
{
    private const int ComparedWorld = 1024;

    public static string Of(MeasuredMachine machine, ScalingModel model, ScalingArguments arguments)
    {
        var text = new StringBuilder();
        Line(text, $"machine: {machine.Processor}, {machine.Cores} cores, last cache {machine.CacheBytes >> 20} MiB");
        Costs(text, machine, model);
        Checks(text, model);
        Verdict(text, model);
        Line(
            text,
            $"\nassumed: {arguments.Length / 1e6:F1} million parameters, {arguments.Wire} on the wire, {arguments.StepMs} ms a step alone, latency {arguments.LatencyUs} µs, {arguments.Cores} cores a rank and {arguments.Threads} of them for its exchange, buckets of {arguments.BucketMib} MiB behind two thirds of the step"
        );
        foreach (var gigabits in ScalingModel.Networks)
        {
            Limits(text, model, gigabits);
            foreach (var ranksOfHost in ScalingModel.HostRanks)
            {
                Growth(text, model, gigabits, ranksOfHost);
                Algorithms(text, model, gigabits, ranksOfHost);
            }
        }

        return text.ToString().TrimEnd();
    }

    private static void Costs(StringBuilder text, MeasuredMachine machine, ScalingModel model)
    {
        foreach (var (name, costs) in new[] { ("tcp", model.Tcp), ("shm", model.SharedMemory) })
        {
            Line(
                text,
                $"{name}: {costs.FrameSeconds * 1e6:F2} µs a frame, {costs.ByteSeconds * 1e9:F3} ns a byte, {costs.UncachedSeconds * 1e9:F3} more beyond the cache (processor time of both sides)"
            );
        }

        Line(text, $"addition: {machine.AddedByteSeconds * 1e9:F4} ns a byte; a wake-up: {model.WakeSeconds * 1e6:F1} µs");
    }

    private static void Checks(StringBuilder text, ScalingModel model)
    {
        Line(
            text,
            $"\n{"", -5}{"ranks", 6}{"KiB", 7}{"processor ms", 14}{"model", 9}{"ratio", 7}{"ms", 10}{"model", 9}{"ratio", 7}{"others", 8}"
        );
        foreach (var check in model.Checks)
        {
            var seen = check.Measured;
            Line(
                text,
                $"{seen.Transport, -5}{seen.World, 6}{seen.Bytes / 1024, 7}{seen.ProcessorSeconds * 1e3, 14:F3}{check.ProcessorSeconds * 1e3, 9:F3}{check.ProcessorRatio, 7:F2}{seen.Seconds * 1e3, 10:F3}{check.Seconds * 1e3, 9:F3}{check.Ratio, 7:F2}{seen.OtherCores, 8:F1}{(seen.Fitted ? "" : "  check")}"
            );
        }

        foreach (var group in model.Checks.GroupBy(check => (check.Measured.Transport, check.Measured.Fitted)))
        {
            Line(
                text,
                $"{group.Key.Transport}, {(group.Key.Fitted ? "fitted" : "checked")}: processor time within a factor of {Worst(group, check => check.ProcessorRatio):F2} (half within {Median(group, check => check.ProcessorRatio):F2}), time within {Worst(group, check => check.Ratio):F2} (half within {Median(group, check => check.Ratio):F2})"
            );
        }
    }

    private static void Verdict(StringBuilder text, ScalingModel model) =>
        Line(
            text,
            $"processor time is foretold within a factor of {ScalingModel.StatedFactor} where it was not fitted: {(model.Holds ? "yes" : "NO, what follows is not to be trusted")}"
        );

    private static void Limits(StringBuilder text, ScalingModel model, int gigabits)
    {
        Line(text, $"\n{gigabits} Gb/s: whole to all, or a chunk a rank (one rank a host)");
        Line(text, $"{"ranks", 6}{"whole up to, KiB", 18}{"best up to, KiB", 17}{"whole then, ms", 16}{"chunks, ms", 12}");
        foreach (var limit in model.Limits(gigabits))
        {
            Line(
                text,
                $"{limit.World, 6}{limit.CodeBytes / 1024.0, 18:F1}{limit.ModelBytes / 1024.0, 17:F1}{limit.WholeSeconds * 1e3, 16:F2}{limit.ChunkedSeconds * 1e3, 12:F2}"
            );
        }
    }

    private static void Growth(StringBuilder text, ScalingModel model, int gigabits, int ranksOfHost)
    {
        Line(text, $"\n{gigabits} Gb/s, {ranksOfHost} a host");
        Line(
            text,
            $"{"ranks", 6}  {"gradient", -15}{"ms", 8} {"bound", -10}{"sums ms", 8}{"step ms", 9}{"kept", 7}{"overlap", 9}  {"same bits, better", -18}{"ms", 8}{"kept", 7}{"overlap", 9}{"link's least", 14}{"kept", 7}"
        );
        foreach (var row in model.Growth(gigabits, ranksOfHost))
        {
            var step = row.Assumed.StepSeconds + row.Gradient.Seconds + row.SmallSeconds;
            Line(
                text,
                $"{row.World, 6}  {row.Algorithm, -15}{row.Gradient.Seconds * 1e3, 8:F1} {row.Gradient.Bound, -10}{row.SmallSeconds * 1e3, 8:F2}{step * 1e3, 9:F1}{row.Share, 7:P0}{row.OverlapShare, 9:P0}  {row.Better, -18}{(row.BetterTime.Seconds + row.BetterSmallSeconds) * 1e3, 8:F1}{row.BetterShare, 7:P0}{row.BetterOverlapShare, 9:P0}{row.LinkSeconds * 1e3, 14:F1}{row.LinkShare, 7:P0}"
            );
        }
    }

    private static void Algorithms(StringBuilder text, ScalingModel model, int gigabits, int ranksOfHost)
    {
        var all = model
            .Algorithms(ComparedWorld, gigabits, ranksOfHost)
            .Select(one =>
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{one.Algorithm} {one.Time.Seconds * 1e3:F0} ms ({one.Time.Bound}{(one.Bits ? "" : ", other bits")})"
                )
            );
        Line(text, $"at {ComparedWorld} ranks: {string.Join(", ", all)}");
    }

    private static double Worst(IEnumerable<CheckedMeasurement> checks, Func<CheckedMeasurement, double> ratio) =>
        checks.Max(check => CheckedMeasurement.Factor(ratio(check)));

    private static double Median(IEnumerable<CheckedMeasurement> checks, Func<CheckedMeasurement, double> ratio)
    {
        double[] factors = [.. checks.Select(check => CheckedMeasurement.Factor(ratio(check))).Order()];
        return factors[factors.Length / 2];
    }

    private static void Line(StringBuilder text, FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));
}
