using System.Diagnostics;

namespace Orchestrator.Worker.Ranks;

/// <summary>A fault on order, for demonstrations and tests: the process kills itself at a moment of its life.</summary>
/// <param name="Moment">One of <see cref="RankMoments.All"/>.</param>
/// <param name="Step">From this step on: within a step its 0-based index, around steps how many are complete.</param>
public sealed record Failpoint(string Moment, long Step)
{
    /// <summary>Reads <c>backward-done@1200:kill</c>.</summary>
    /// <param name="moments">The names that there are.</param>
    /// <param name="problem">What is wrong with the text; null when nothing is.</param>
    public static Failpoint? Parse(string text, IReadOnlyCollection<string> moments, out string? problem)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        var colon = text.LastIndexOf(':');
        if (
            at <= 0
            || colon < at
            || text[(colon + 1)..] != "kill"
            || !long.TryParse(text.AsSpan(at + 1, colon - at - 1), out var step)
            || step < 0
        )
        {
            problem = "must read MOMENT@STEP:kill, such as backward-done@1200:kill";
            return null;
        }

        problem = moments.Contains(text[..at]) ? null : $"knows no moment {text[..at]}; there are {string.Join(", ", moments)}";
        return problem is null ? new Failpoint(text[..at], step) : null;
    }

    /// <summary>Ends the process with SIGKILL if this is the moment.</summary>
    public void Pass(string moment, long step)
    {
        if (step >= Step && moment == Moment)
        {
            using var self = Process.GetCurrentProcess();
            self.Kill();
        }
    }
}
