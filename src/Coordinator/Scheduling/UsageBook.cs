using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Scheduling;

/// <summary>
/// What users and projects have used: the times in which generations stood, as the journals of their runs tell, so a new coordinator knows the same. Owned
/// by the head; not thread safe.
/// </summary>
public sealed class UsageBook(SchedulingPolicy policy)
{
    private readonly Dictionary<string, Account> runs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Sum> users = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Sum> projects = new(StringComparer.Ordinal);

    // Of projects whose hours are limited: spans that have ended, as long as the window reaches them.
    private readonly Dictionary<string, List<UseSpan>> recent = new(StringComparer.Ordinal);

    /// <summary>Takes in what a run has used by now.</summary>
    /// <param name="use">Its spans from the first on; only the last may be open.</param>
    public void Follow(string run, RunOwner owner, IReadOnlyList<UseSpan> use, DateTimeOffset now)
    {
        var taken = runs.GetValueOrDefault(run)?.Taken ?? 0;
        for (; taken < use.Count && use[taken].Until is not null; taken++)
        {
            Charge(owner, use[taken], now);
        }

        runs[run] = new Account(owner, taken, taken < use.Count ? use[taken] : null);
    }

    /// <summary>One that had ended goes on: what it has used is in the sums.</summary>
    public void Begin(string run, RunOwner owner, IReadOnlyList<UseSpan> use) => runs[run] = new Account(owner, use.Count, null);

    /// <summary>It uses nothing any more.</summary>
    public void End(string run) => runs.Remove(run);

    /// <summary>What a run that has ended had used.</summary>
    public void Charge(RunOwner owner, IReadOnlyList<UseSpan> use, DateTimeOffset now)
    {
        foreach (var span in use)
        {
            Charge(owner, span, now);
        }
    }

    public DeviceUse At(DateTimeOffset now)
    {
        var byUser = users.ToDictionary(u => u.Key, u => u.Value.At(now, policy.HalfLife), StringComparer.Ordinal);
        var byProject = projects.ToDictionary(p => p.Key, p => p.Value.At(now, policy.HalfLife), StringComparer.Ordinal);
        var window = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var (project, spans) in recent)
        {
            spans.RemoveAll(s => s.Until < now - policy.Window);
            window[project] = spans.Sum(s => s.Hours(now - policy.Window, now));
        }

        foreach (var (owner, open) in runs.Values.Where(r => r.Open is not null).Select(r => (r.Owner, r.Open!)))
        {
            var hours = open.Decayed(policy.HalfLife, now);
            byUser[owner.User] = byUser.GetValueOrDefault(owner.User) + hours;
            byProject[owner.Project] = byProject.GetValueOrDefault(owner.Project) + hours;
            window[owner.Project] = window.GetValueOrDefault(owner.Project) + open.Hours(now - policy.Window, now);
        }

        return new DeviceUse(byUser, byProject, window);
    }

    private void Charge(RunOwner owner, UseSpan span, DateTimeOffset now)
    {
        var hours = span.Decayed(policy.HalfLife, now);
        users[owner.User] = users.GetValueOrDefault(owner.User).Plus(hours, now, policy.HalfLife);
        projects[owner.Project] = projects.GetValueOrDefault(owner.Project).Plus(hours, now, policy.HalfLife);
        if (policy.Of(owner.Project).DeviceHours is null)
        {
            return;
        }

        if (!recent.TryGetValue(owner.Project, out var spans))
        {
            spans = [];
            recent.Add(owner.Project, spans);
        }

        spans.Add(span);
    }

    /// <param name="Taken">How many of its spans are in the sums.</param>
    private sealed record Account(RunOwner Owner, int Taken, UseSpan? Open);

    /// <summary>Device-hours as they counted at a moment.</summary>
    private readonly record struct Sum(double Hours, DateTimeOffset Moment)
    {
        public double At(DateTimeOffset now, TimeSpan halfLife) =>
            Hours == 0 ? 0 : Hours * Math.Pow(2, -Math.Max(0, (now - Moment) / halfLife));

        public Sum Plus(double hours, DateTimeOffset now, TimeSpan halfLife) => new(At(now, halfLife) + hours, now);
    }
}
