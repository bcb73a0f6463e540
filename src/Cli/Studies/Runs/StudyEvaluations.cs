using Orchestrator.Cli.Api;
using Orchestrator.Cli.Studies.Plans;
using Orchestrator.Client;
using Orchestrator.Shared.Api;

namespace Orchestrator.Cli.Studies.Runs;

/// <summary>Asks for evaluations of completed runs and looks how they stand.</summary>
/// <param name="tell">Told what happens, in words.</param>
public sealed class StudyEvaluations(OrchestratorClient client, StudyPlan plan, Action<string> tell)
{
    private readonly HashSet<string> told = [];

    /// <summary>How it stands now; one that failed is asked for again as long as tries are left.</summary>
    public async Task<StudyEvaluationState> LookAsync(
        string run,
        StudyRunPlan planned,
        StudyEvaluation evaluation,
        StudyEvaluationState before,
        CancellationToken cancellation
    )
    {
        EvaluationErrandView view;
        try
        {
            view =
                (
                    before is { Key: { } key, Phase: not ErrandPhase.Failed }
                        ? await client.FindEvaluationAsync(run, key, cancellation)
                        : null
                ) ?? await client.EvaluateRunAsync(run, evaluation.With(before.Baselines), cancellation);
        }
        catch (OrchestratorException e) when (e.ExitCode() == ExitCode.BadInput)
        {
            return before with { Reason = string.Join("; ", [e.Message, .. e.Explained().Why]), Failures = StudyRunState.MostFailures };
        }
        catch (OrchestratorException e)
        {
            // Not now: no worker is there that could, or the coordinator is away. That is no try.
            Tell(planned, evaluation, e.Message);
            return before with { Reason = e.Message };
        }

        Tell(planned, evaluation, view.Reason);
        return before with
        {
            Key = view.Key,
            Phase = view.Phase,
            Reason = view.Reason,
            Failures = before.Failures + (view.Phase == ErrandPhase.Failed ? 1 : 0),
            Result = view.Phase == ErrandPhase.Done ? view.Result : null,
        };
    }

    private void Tell(StudyRunPlan planned, StudyEvaluation evaluation, string reason)
    {
        var which = plan.Evaluations.Count > 1 ? $" {evaluation.Name}" : "";
        var line = $"{planned.Spec.Name} evaluation{which}: {reason}";
        if (told.Add(line))
        {
            tell(line);
        }
    }
}
