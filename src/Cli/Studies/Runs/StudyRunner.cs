using Orchestrator.Cli.Output;
using Orchestrator.Cli.Studies.Plans;
using Orchestrator.Client;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Studies.Runs;

/// <summary>
/// Carries a study out: submits all its runs, waits for each, asks for its evaluations, and keeps what it finds after each step. Submissions carry a
/// key that the spec and the attempt give, so whoever goes on with a study, even without its state, finds the runs that there are.
/// </summary>
/// <param name="keep">Told the state whenever it has changed.</param>
/// <param name="tell">Told what happens, in words.</param>
/// <param name="poll">Between two looks at the runs; default 2 s.</param>
public sealed class StudyRunner(
    OrchestratorClient client,
    StudyPlan plan,
    Action<StudyState> keep,
    TimeProvider time,
    Action<string> tell,
    TimeSpan? poll = null
)
{
    private static readonly TimeSpan Summary = TimeSpan.FromMinutes(1);
    private readonly TimeSpan pause = poll ?? TimeSpan.FromSeconds(2);
    private readonly CoordinatorPatience patience = new(time, tell);
    private readonly StudyEvaluations evaluations = new(client, plan, tell);
    private StudyState state = null!;

    /// <summary>Returns when every run is settled.</summary>
    public async Task<StudyState> RunAsync(StudyState begun, CancellationToken cancellation)
    {
        state = begun;
        for (var i = 0; i < state.Runs.Count; i++)
        {
            if (state.Runs[i] is { Run: null, IsSettled: false })
            {
                Set(i, await SubmitAsync(i, cancellation));
            }
        }

        var told = time.GetTimestamp();
        Tell([]);
        while (state.Runs.Any(r => !r.IsSettled))
        {
            var views = await patience.AskAsync(() => client.ListRunsAsync(cancellation: cancellation), cancellation);
            var byId = views.Runs.ToDictionary(v => v.Id, StringComparer.Ordinal);
            for (var i = 0; i < state.Runs.Count; i++)
            {
                if (!state.Runs[i].IsSettled)
                {
                    await LookAsync(i, byId, cancellation);
                }
            }

            if (time.GetElapsedTime(told) > Summary)
            {
                told = time.GetTimestamp();
                Tell(byId);
            }

            if (state.Runs.Any(r => !r.IsSettled))
            {
                await Task.Delay(pause, time, cancellation);
            }
        }

        return state;
    }

    private async Task LookAsync(int i, Dictionary<string, RunView> views, CancellationToken cancellation)
    {
        var run = state.Runs[i];
        if (run.Run is not { } id || !views.TryGetValue(id, out var view))
        {
            // A coordinator that still reads its journal answers with the same run; one that never had it begins it.
            Set(i, await SubmitAsync(i, cancellation));
            return;
        }

        if (run.Phase != view.Phase)
        {
            tell($"{plan.Runs[i].Spec.Name} ({id}) {Format.Phase(view.Phase)}: {view.Reason}");
            run = run with { Phase = view.Phase, Reason = view.Reason };
            Set(i, run);
        }

        if (view.Phase is RunPhase.Failed or RunPhase.Canceled)
        {
            await FailedAsync(i, run, cancellation);
        }
        else if (view.Phase == RunPhase.Completed)
        {
            await CompletedAsync(i, run, id, cancellation);
        }
    }

    private async Task FailedAsync(int i, StudyRunState run, CancellationToken cancellation)
    {
        run = run with { Failures = run.Failures + 1 };
        Set(i, run.HasFailed ? run : run with { Attempt = run.Attempt + 1, Run = null });
        if (!run.HasFailed)
        {
            Set(i, await SubmitAsync(i, cancellation));
        }
    }

    private async Task CompletedAsync(int i, StudyRunState run, string id, CancellationToken cancellation)
    {
        run = run.Evaluations.Count > 0 ? run : run with { Evaluations = [.. plan.Evaluations.Select(e => Claim(i, e))] };
        for (var e = 0; e < run.Evaluations.Count; e++)
        {
            var before = run.Evaluations[e];
            var after = before.IsSettled
                ? before
                : await evaluations.LookAsync(id, plan.Runs[i], plan.Evaluations[e], before, cancellation);
            if (after != before)
            {
                run = run with { Evaluations = [.. run.Evaluations.Select((each, at) => at == e ? after : each)] };
                Set(i, run);
            }
        }

        if (run.Evaluations.All(e => e.IsSettled))
        {
            var detail = await patience.AskAsync(() => client.GetRunDetailAsync(id, cancellation), cancellation);
            var rows = await patience.AskAsync(
                async () => await client.EnumerateRowsAsync(id, cancellation: cancellation).ToListAsync(cancellation),
                cancellation
            );
            Set(i, run with { Losses = LossCurve.Of(rows), Cost = StudyCost.Of(detail, rows, run.Evaluations) });
        }
    }

    /// <summary>The first run of a seed judges pixels and the network as initialized for all whose are the same.</summary>
    private StudyEvaluationState Claim(int i, StudyEvaluation evaluation)
    {
        var claimed = state
            .Runs.Zip(plan.Runs)
            .Any(other =>
                other.Second.Seed == plan.Runs[i].Seed
                && other.Second.Baseline == plan.Runs[i].Baseline
                && other.First.Evaluations.Any(e => e.Name == evaluation.Name && e is { Baselines: true, HasFailed: false })
            );
        return new StudyEvaluationState(evaluation.Name, Baselines: !claimed);
    }

    private async Task<StudyRunState> SubmitAsync(int i, CancellationToken cancellation)
    {
        var (run, planned) = (state.Runs[i], plan.Runs[i]);
        var submitted = await patience.AskAsync(
            () => client.SubmitRunAsync(planned.Document, planned.IdempotencyKey(run.Attempt), cancellation: cancellation),
            cancellation
        );
        return run with { Run = submitted.Id, Phase = run.Run == submitted.Id ? run.Phase : null };
    }

    private void Set(int i, StudyRunState run)
    {
        if (run != state.Runs[i])
        {
            state = state with { Runs = [.. state.Runs.Select((each, at) => at == i ? run : each)] };
            keep(state);
        }
    }

    private void Tell(Dictionary<string, RunView> views)
    {
        var open = state.Runs.Where(r => !r.IsSettled).ToList();
        var live = open.Select(r => views.GetValueOrDefault(r.Run ?? "")).OfType<RunView>().Where(v => v.Phase == RunPhase.Running);
        tell(
            $"{state.Runs.Count - open.Count} of {state.Runs.Count} runs done{string.Concat(live.Select(v => $", {v.Name} at step {v.Step} of {v.TotalSteps}"))}"
        );
    }
}
