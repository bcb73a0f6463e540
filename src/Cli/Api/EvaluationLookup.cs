using Orchestrator.Client;
using Orchestrator.Shared.Api;

namespace Orchestrator.Cli.Api;

/// <summary>An evaluation that may be unknown.</summary>
public static class EvaluationLookup
{
    /// <summary>How an evaluation stands; null: this coordinator was not asked for it, an earlier one may have been.</summary>
    public static async Task<EvaluationErrandView?> FindEvaluationAsync(
        this OrchestratorClient client,
        string run,
        string key,
        CancellationToken cancellation
    )
    {
        try
        {
            return await client.GetRunEvaluationAsync(run, key, cancellation);
        }
        catch (OrchestratorException e) when (e.ExitCode() == ExitCode.BadInput)
        {
            return null;
        }
    }
}
