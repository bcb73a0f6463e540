using System.Diagnostics;

namespace Orchestrator.Worker.Ranks;

/// <summary>A fault on order, for demonstrations and tests: the process kills itself at a moment of a step.</summary>
/// <param name="Moment">Name of a boundary within the step, kebab-case.</param>
/// <param name="Step">0-based index of the step.</param>
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
        if (step == Step && moment == Moment)
        {
            using var self = Process.GetCurrentProcess();
            self.Kill();
        }
    }
}
