using System.Globalization;

namespace Orchestrator.Benchmarks.Scaling;

/// <summary>What Linux tells of this machine's processors.</summary>
internal static class MachineLoad
{
    // What /proc counts in, on every Linux of today: USER_HZ.
    private const double TicksPerSecond = 100;

    // user nice system idle iowait irq softirq steal; what guests used is in user already.
    private static readonly int[] Busy = [1, 2, 3, 6, 7, 8];

    private const string CacheSize = "/sys/devices/system/cpu/cpu0/cache/index3/size";

    /// <summary>Seconds that all cores together were busy since the start.</summary>
    public static double BusySeconds()
    {
        var words = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return Busy.Sum(word => double.Parse(words[word], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    /// <summary>Bytes of the last cache: 32 MiB where the system does not tell.</summary>
    public static long CacheBytes() =>
        File.Exists(CacheSize) && long.TryParse(File.ReadAllText(CacheSize).Trim().TrimEnd('K'), CultureInfo.InvariantCulture, out var kib)
            ? kib * 1024
            : 32L << 20;

    /// <summary>The processor's name.</summary>
    public static string Processor() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) is { } line
            ? line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
            : "unknown";
}
