using System.Globalization;
using Orchestrator.Coordinator.Runs;

namespace Orchestrator.Coordinator.Fleet;

/// <summary>
/// Keeps workers out of runs that are lost again and again, for a time that doubles: each loss costs its run a step. Kept in memory: a new coordinator
/// begins with none. Owned by the fleet; not thread safe.
/// </summary>
public sealed class Quarantine(RunTimers timers)
{
    /// <summary>So many losses, each within <see cref="RunTimers.Flapping"/> of the one before, have no consequence.</summary>
    public const int Tolerated = 2;

    // Names that never come back are not kept for ever.
    private static readonly TimeSpan LongestAway = TimeSpan.FromDays(1);

    private readonly Dictionary<string, DateTimeOffset> away = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Record> records = new(StringComparer.Ordinal);

    /// <summary>A worker that served a run has come back after it was silent too long, or as a new process.</summary>
    /// <param name="heardAt">When it was last heard of before: a process that died has its successor soon, one that was frozen may be away for long.</param>
    public void Lost(string workerId, DateTimeOffset heardAt, DateTimeOffset now)
    {
        // A time kept out, or away, is no time in which it did well.
        var before = records.GetValueOrDefault(workerId);
        var record =
            before is null || heardAt - before.At > timers.Flapping && heardAt - before.Until > timers.Flapping
                ? new Record(1, 0, now, DateTimeOffset.MinValue)
                : before with
                {
                    Losses = before.Losses + 1,
                    At = now,
                };
        records[workerId] =
            record.Losses <= Tolerated ? record : record with { Times = record.Times + 1, Until = now + Pause(record.Times) };
    }

    /// <summary>It computed wrong numbers: kept out for the longest time at once.</summary>
    public void Condemn(string workerId, DateTimeOffset now) =>
        records[workerId] = new Record(Tolerated + 1, 16, now, now + timers.QuarantineLongest) { Errs = true };

    /// <summary>A worker that served a run is silent for so long that the fleet forgets it: its loss counts should it come back.</summary>
    public void Away(string workerId, DateTimeOffset heardAt)
    {
        foreach (var old in away.Where(w => heardAt - w.Value > LongestAway).Select(w => w.Key).ToArray())
        {
            away.Remove(old);
        }

        away[workerId] = heardAt;
    }

    /// <summary>A worker that the fleet does not know speaks.</summary>
    public void Back(string workerId, DateTimeOffset now)
    {
        if (away.Remove(workerId, out var heardAt))
        {
            Lost(workerId, heardAt, now);
        }
    }

    /// <summary>Null when it may be used.</summary>
    public Kept? Of(string workerId, DateTimeOffset now) =>
        records.GetValueOrDefault(workerId) is { } record && record.Until > now ? new Kept(record.Losses, record.Until, record.Errs) : null;

    /// <summary>It may be used at once, and its losses are forgotten.</summary>
    public void Release(string workerId)
    {
        records.Remove(workerId);
        away.Remove(workerId);
    }

    private TimeSpan Pause(int times) =>
        TimeSpan.FromTicks(Math.Min(timers.QuarantineLongest.Ticks, timers.Quarantine.Ticks << Math.Min(times, 16)));

    /// <param name="Times">How often it was kept out.</param>
    private sealed record Record(int Losses, int Times, DateTimeOffset At, DateTimeOffset Until)
    {
        public bool Errs { get; init; }
    }

    /// <param name="Losses">How often it was lost of late.</param>
    /// <param name="Until">When it is used again.</param>
    /// <param name="Errs">It computed wrong numbers.</param>
    public sealed record Kept(int Losses, DateTimeOffset Until, bool Errs = false)
    {
        /// <summary>For people.</summary>
        public string Text(DateTimeOffset now) =>
            string.Create(
                CultureInfo.InvariantCulture,
                $"{(Errs ? "computed wrong numbers" : $"was lost {Losses} times of late")}; used again in {Math.Ceiling((Until - now).TotalSeconds):F0} s ({Until.UtcDateTime:HH:mm:ss} UTC), or when it is released"
            );
    }
}
