using System.Globalization;
using Orchestrator.Cli.Api;
using Orchestrator.Client;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Chaos;

/// <summary>
/// Carries a schedule of faults out against a live run: watches its steps, strikes when their time has come, and measures how long the run takes
/// to its next step. It never strikes the last workers that the run needs: such a strike waits until there are more.
/// </summary>
/// <param name="targets">Whom it can strike.</param>
/// <param name="minimum">Workers that the run needs: <c>workers.min</c>.</param>
/// <param name="tell">Told each strike and what came of it, in words.</param>
public sealed class ChaosRunner(OrchestratorClient client, IChaosTargets targets, int minimum, TimeProvider time, Action<string> tell)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private readonly List<Pending> pending = [];
    private readonly List<(ChaosTarget Target, long Since, TimeSpan Length)> paused = [];
    private readonly List<ChaosOutcome> outcomes = [];

    // Processes that may still be seen for a moment.
    private readonly HashSet<int> killed = [];

    /// <summary>Returns when the run has ended, with the strikes that it met. Whoever stands still is let go on, whatever happens.</summary>
    public async Task<IReadOnlyList<ChaosOutcome>> RunAsync(string run, IReadOnlyList<ChaosStrike> plan, CancellationToken cancellation)
    {
        try
        {
            for (var next = 0; ; )
            {
                ResumeDue();
                if (await SeeAsync(run, cancellation) is { } view)
                {
                    Settle(view);
                    if (view.Phase.IsEnded())
                    {
                        break;
                    }

                    while (next < plan.Count && view.Step >= plan[next].Step && await StrikeAsync(plan[next], view, cancellation))
                    {
                        next++;
                    }
                }

                await Task.Delay(Look, time, cancellation);
            }
        }
        finally
        {
            foreach (var (target, _, _) in paused)
            {
                ProcessSignal.Continue(target.ProcessId);
            }
        }

        outcomes.AddRange(pending.Select(open => open.Outcome));
        return [.. outcomes.OrderBy(outcome => outcome.At)];
    }

    /// <summary>Null while the coordinator is away.</summary>
    private async Task<RunView?> SeeAsync(string run, CancellationToken cancellation)
    {
        try
        {
            return await client.GetRunAsync(run, cancellation);
        }
        catch (OrchestratorException e) when (e.ExitCode() != ExitCode.BadInput)
        {
            return null;
        }
    }

    /// <returns>Whether it could be carried out now.</returns>
    private async Task<bool> StrikeAsync(ChaosStrike strike, RunView view, CancellationToken cancellation)
    {
        if (strike.Kind == ChaosKind.KillCoordinator)
        {
            Begin(strike, view, "coordinator");
            targets.KillCoordinator();
            return true;
        }

        var standing = (await targets.WorkersAsync(cancellation))
            .Where(target => !paused.Exists(p => p.Target == target) && !killed.Contains(target.ProcessId))
            .ToList();
        if (standing.Count <= minimum)
        {
            return false;
        }

        var victim = standing[(int)(strike.Draw * standing.Count)];
        Begin(strike, view, victim.Worker);
        if (strike.Kind == ChaosKind.Kill)
        {
            ProcessSignal.Kill(victim.ProcessId);
            killed.Add(victim.ProcessId);
        }
        else
        {
            ProcessSignal.Stop(victim.ProcessId);
            paused.Add((victim, time.GetTimestamp(), strike.Pause));
        }

        return true;
    }

    /// <summary>Just before it happens: what comes of it comes later.</summary>
    private void Begin(ChaosStrike strike, RunView view, string target)
    {
        double? pause = strike.Kind == ChaosKind.Pause ? strike.Pause.TotalSeconds : null;
        pending.Add(new Pending(new ChaosOutcome(time.GetUtcNow(), view.Step, strike.Kind, target, pause, null), time.GetTimestamp()));
        tell(
            string.Create(
                CultureInfo.InvariantCulture,
                $"chaos: {Words(strike.Kind)} {target} after step {view.Step}{(pause is { } seconds ? $" for {seconds:0.0} s" : "")}"
            )
        );
    }

    /// <summary>Strikes after which the run has gone on.</summary>
    private void Settle(RunView view)
    {
        foreach (var open in pending.Where(open => view.Step > open.Outcome.Step).ToList())
        {
            pending.Remove(open);
            var seconds = time.GetElapsedTime(open.Since).TotalSeconds;
            outcomes.Add(open.Outcome with { NextStepSeconds = Math.Round(seconds, 3) });
            if (open.Outcome.Kind != ChaosKind.Kill)
            {
                tell(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"chaos: {seconds:0.00} s from {Words(open.Outcome.Kind)} {open.Outcome.Target} to the next step"
                    )
                );
            }
        }
    }

    private void ResumeDue()
    {
        foreach (var due in paused.Where(p => time.GetElapsedTime(p.Since) >= p.Length).ToList())
        {
            ProcessSignal.Continue(due.Target.ProcessId);
            paused.Remove(due);
            tell($"chaos: {due.Target.Worker} goes on");
        }
    }

    private static string Words(ChaosKind kind) => kind == ChaosKind.Pause ? "pause of" : "kill of";

    private sealed record Pending(ChaosOutcome Outcome, long Since);
}
