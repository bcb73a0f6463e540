using System.Globalization;

namespace Orchestrator.Coordinator.Runs;

/// <summary>How long a member's own computing takes beside the others'.</summary>
/// <param name="Process">Worker # incarnation.</param>
/// <param name="Seconds">Of one shard on one thread, the median of its window.</param>
/// <param name="Median">Of all members' seconds; of an even number the lower middle one, so that of two members the faster is the measure.</param>
public sealed record MemberPace(string WorkerId, string Process, int Rank, double Seconds, double Median)
{
    /// <summary>1: like the median; above: slower.</summary>
    public double Ratio => Seconds / Median;

    /// <summary>For people.</summary>
    public string Text(int window) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Seconds:0.000} s a shard over its last {window} steps, {Ratio:0.0} times the median of the ranks, {Median:0.000} s"
        );
}

/// <summary>A worker whose place was given to another since it was slow.</summary>
/// <param name="Until">Until then it does not join the run again, unless the run has too few.</param>
/// <param name="Times">How often; the time apart doubles with each.</param>
public sealed record Replacement(DateTimeOffset Until, int Times);
