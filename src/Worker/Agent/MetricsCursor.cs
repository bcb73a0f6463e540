namespace Orchestrator.Worker.Agent;

/// <summary>
/// When which step rows go to the coordinator. Rank 0 sends what the coordinator's acknowledgment lacks; the other ranks hold the same rows and
/// send them only when nothing has come there for 3 s.
/// </summary>
/// <param name="From">First row that the coordinator lacks, as it said last.</param>
/// <param name="LackingSince">Since when it has lacked that row although this rank has it.</param>
/// <param name="SentThrough">End (exclusive) of what was sent last.</param>
/// <param name="SentAt">When.</param>
public readonly record struct MetricsCursor(long From, DateTimeOffset LackingSince, long SentThrough, DateTimeOffset SentAt)
{
    /// <summary>Rows of one acknowledgment.</summary>
    public const int MostRows = 500;

    private static readonly TimeSpan OthersWait = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan SendAgain = TimeSpan.FromSeconds(2);

    /// <param name="from">What the acknowledgment says.</param>
    /// <param name="completed">Steps that this rank has completed.</param>
    /// <returns>The first row to send, or null for none now.</returns>
    public (MetricsCursor Next, long? Send) Acknowledged(long from, long completed, int rank, DateTimeOffset now)
    {
        var moved = from != From;
        var cursor = this with { From = from, LackingSince = moved || from >= completed ? now : LackingSince };
        if (from >= completed)
        {
            return (cursor, null);
        }

        var recently = now - SentAt < SendAgain;
        if (rank == 0)
        {
            var start = recently ? Math.Max(from, SentThrough) : from;
            return start < completed
                ? (cursor with { SentThrough = Math.Min(completed, start + MostRows), SentAt = now }, start)
                : (cursor, null);
        }

        return now - cursor.LackingSince >= OthersWait && !recently
            ? (cursor with { SentThrough = Math.Min(completed, from + MostRows), SentAt = now }, from)
            : (cursor, null);
    }
}
