using System.Diagnostics;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Worker.Ranks;

/// <summary>A fault on order, for demonstrations and tests.</summary>
/// <param name="Moment">One of <see cref="RankMoments.All"/>.</param>
/// <param name="Step">From this step on: within a step its 0-based index, around steps how many are complete.</param>
public sealed record Failpoint(string Moment, long Step, FailpointFault Fault = FailpointFault.Kill)
{
    /// <summary>Reads <c>backward-done@1200:kill</c>.</summary>
    /// <param name="moments">The names that there are.</param>
    /// <param name="problem">What is wrong with the text; null when nothing is.</param>
    public static Failpoint? Parse(string text, IReadOnlyCollection<string> moments, out string? problem)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        var colon = text.LastIndexOf(':');
        var fault = Enum.GetValues<FailpointFault>()
            .Where(known => text.EndsWith($":{SpecWords.Word(known)}", StringComparison.Ordinal))
            .ToArray();
        if (at <= 0 || colon < at || fault.Length == 0 || !long.TryParse(text.AsSpan(at + 1, colon - at - 1), out var step) || step < 0)
        {
            problem = "must read MOMENT@STEP:FAULT, such as backward-done@1200:kill; faults are kill, flip and miscompute";
            return null;
        }

        var moment = text[..at];
        problem =
            !moments.Contains(moment) ? $"knows no moment {moment}; there are {string.Join(", ", moments)}"
            : fault[0] != FailpointFault.Kill && !TrainingRunTrainer.Moments.Contains(moment)
                ? $"{SpecWords.Word(fault[0])} is of a moment in a step: {string.Join(", ", TrainingRunTrainer.Moments)}"
            : null;
        return problem is null ? new Failpoint(moment, step, fault[0]) : null;
    }

    /// <summary>Whether this is the moment.</summary>
    public bool Is(string moment, long step) => step >= Step && moment == Moment;

    /// <summary>Ends the process with SIGKILL if this is the moment for it.</summary>
    public void Pass(string moment, long step)
    {
        if (Fault == FailpointFault.Kill && Is(moment, step))
        {
            using var self = Process.GetCurrentProcess();
            self.Kill();
        }
    }
}

public enum FailpointFault
{
    /// <summary>The process kills itself.</summary>
    Kill,

    /// <summary>Once, a bit of the student's weights turns over, as in memory that errs.</summary>
    Flip,

    /// <summary>In every step, from the moment to the end of its backward passes, a bit of the student's weights is another: the state stays right, what is computed is wrong, as with a processor that errs.</summary>
    Miscompute,
}
