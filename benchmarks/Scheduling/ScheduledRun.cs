using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Benchmarks.Scheduling;

/// <summary>Where a run of the simulation stands.</summary>
internal enum Stage
{
    Waits,
    Forms,
    Trains,
    Ended,
}

/// <summary>A run in a simulated cluster. Work goes by members and time; what a change of members costs is the cluster's.</summary>
internal sealed class ScheduledRun(TraceRun trace, long number, DateTimeOffset submittedAt)
{
    public TraceRun Trace => trace;

    public Stage Stage { get; set; }

    /// <summary>In rank order.</summary>
    public List<string> Members { get; } = [];

    /// <summary>Given, and not members yet.</summary>
    public List<string> Joining { get; } = [];
    public IReadOnlyList<string> Leaving { get; set; } = [];

    /// <summary>Of the generation.</summary>
    public DateTimeOffset Since { get; private set; }
    public DateTimeOffset? StoppedAt { get; set; }
    public DateTimeOffset? FirstStartAt { get; private set; }
    public double HoursLeft { get; private set; } = trace.DeviceHours;

    /// <summary>Grows with each change of members: what was foretold before counts no more.</summary>
    public long Version { get; private set; }
    public List<UseSpan> Use { get; } = [];
    public int Stops { get; set; }
    public int Shrinks { get; set; }

    public DateTimeOffset SubmittedAt => submittedAt;

    /// <summary>A generation of these members begins; work until now counts.</summary>
    public void Form(IEnumerable<string> members, DateTimeOffset now)
    {
        string[] next = [.. members];
        Halt(now);
        Members.AddRange(next);
        FirstStartAt ??= now;
        Since = now;
        Stage = Stage.Trains;
        Use.Add(new UseSpan(now, null, next.Length));
    }

    /// <summary>Nobody trains from now on.</summary>
    public void Halt(DateTimeOffset now)
    {
        if (Use is [.., { Until: null } open])
        {
            HoursLeft = Math.Max(0, HoursLeft - open.Hours(open.From, now));
            Use[^1] = open with { Until = now };
        }

        Members.Clear();
        Version++;
    }

    /// <summary>When it ends if nothing changes.</summary>
    public DateTimeOffset EndsAt => Since + TimeSpan.FromHours(HoursLeft / Members.Count);

    public QueuedDemand? Demand(TimeSpan holdOff) =>
        Stage switch
        {
            Stage.Waits => Queued(DemandKind.Gang, trace.Min, trace.Max, null),
            Stage.Trains when Leaving.Count == 0 && Joining.Count == 0 && Members.Count < trace.Max => Queued(
                DemandKind.Growth,
                1,
                trace.Max - Members.Count,
                Since + holdOff
            ),
            _ => null,
        };

    public HeldGang Gang =>
        new(
            trace.Run,
            trace.Owner,
            trace.Priority,
            trace.Min,
            [.. Members],
            Leaving,
            Since,
            Stage == Stage.Trains && Leaving.Count == 0 && Joining.Count == 0
        );

    /// <summary>Bits that the run began with.</summary>
    public string? Fingerprint { get; set; }

    private QueuedDemand Queued(DemandKind kind, int min, int max, DateTimeOffset? notBefore) =>
        new(trace.Run, new RunDemand(kind, min, max, DeviceKind.Cpu, Fingerprint, notBefore, [], [.. Members]))
        {
            Owner = trace.Owner,
            Priority = trace.Priority,
            WaitsSince = StoppedAt ?? submittedAt,
            Submitted = number,
        };
}
