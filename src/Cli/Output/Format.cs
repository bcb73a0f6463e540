using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Output;

/// <summary>How numbers and names are written for people.</summary>
public static class Format
{
    /// <summary>0:02:39.</summary>
    public static string Duration(TimeSpan duration) => $"{(int)duration.TotalHours}:{duration.Minutes:00}:{duration.Seconds:00}";

    public static string? Loss(double? loss) => loss?.ToString("0.0000");

    /// <summary>An accuracy of 0–1 as 63.1 %.</summary>
    public static string? Accuracy(double? accuracy) => accuracy is null ? null : $"{100 * accuracy:0.0} %";

    public static string? Rate(double? samplesPerSecond) => samplesPerSecond is null ? null : $"{samplesPerSecond:0}";

    public static string Phase(RunPhase phase) => phase.ToString().ToLowerInvariant();

    /// <summary>How long ago, in its largest unit: 40 s, 12 min, 3 h, 5 d.</summary>
    public static string Ago(DateTimeOffset then, DateTimeOffset now) =>
        (now - then).TotalSeconds switch
        {
            < 100 and var seconds => $"{Math.Max(0, seconds):0} s",
            < 6000 and var seconds => $"{seconds / 60:0} min",
            < 172_800 and var seconds => $"{seconds / 3600:0} h",
            var seconds => $"{seconds / 86_400:0} d",
        };

    public static string Bytes(long bytes) =>
        bytes switch
        {
            < 10_000 => $"{bytes} B",
            < 10_000_000 => $"{bytes / 1e3:0} kB",
            _ => $"{bytes / 1e6:0} MB",
        };
}
