using System.Net;
using Orchestrator.Client;

namespace Orchestrator.Cli.Api;

/// <summary>What a coordinator's refusal, or its silence, is to whoever typed the command.</summary>
public static class ClientProblems
{
    /// <summary>One of <see cref="Cli.ExitCode"/>.</summary>
    public static int ExitCode(this OrchestratorException e) =>
        e switch
        {
            NoCoordinatorException => Cli.ExitCode.Unreachable,
            ProblemException
            {
                Status: HttpStatusCode.BadRequest
                    or HttpStatusCode.Unauthorized
                    or HttpStatusCode.Forbidden
                    or HttpStatusCode.NotFound
                    or HttpStatusCode.RequestEntityTooLarge
                    or HttpStatusCode.UnprocessableEntity
            } => Cli.ExitCode.BadInput,
            _ => Cli.ExitCode.Failed,
        };

    /// <summary>With its causes, and what to do next.</summary>
    public static CliException Explained(this OrchestratorException e)
    {
        IReadOnlyList<string> why = e switch
        {
            ProblemException problem => [.. problem.Errors.Select(error => error.ToString())],
            NoCoordinatorException gone => [gone.Cause],
            _ => e.InnerException is { } inner ? [inner.Message] : [],
        };
        return new CliException(e.ExitCode(), e.Message, why, e.MayBeDone ? IfTokenWasMade : Next(e));
    }

    private const string IfTokenWasMade =
        "it may have been made all the same: orchestrator token list shows it, orchestrator token revoke ends it";

    private static string? Next(OrchestratorException e) =>
        e switch
        {
            NoCoordinatorException =>
                "start one (orchestrator demo --keep brings up a whole cluster), or point to one with --server URL or ORCHESTRATOR_SERVER",
            ForeignAnswerException => "check that the address is a coordinator's, of this version",
            ProblemException problem => Next(problem),
            _ => null,
        };

    private static string? Next(ProblemException problem) =>
        problem.Status switch
        {
            HttpStatusCode.Unauthorized =>
                $"give a token that counts: in {ClientIdentity.TokenVariable}, or in {ClientIdentity.DefaultTokenFile} (chmod 600)",
            // A coordinator without tokens refuses names and pages; no token changes that.
            HttpStatusCode.Forbidden when problem.Title == "Not from this page or by this name" => null,
            HttpStatusCode.Forbidden => "an operator makes tokens: orchestrator token create",
            HttpStatusCode.NotFound when problem.Title == "No such sweep" => "orchestrator sweep list shows the sweeps that there are",
            HttpStatusCode.NotFound => "orchestrator list shows the runs that there are",
            HttpStatusCode.ServiceUnavailable => "the coordinator is starting or handing over: try again in a few seconds",
            _ when problem is { Errors.Count: > 0, Title: "Invalid change" } => "correct it; docs/api.md has what can be changed",
            _ when problem is { Errors.Count: > 0, Title: "Invalid evaluation" } => "correct it; docs/evaluation.md has every key",
            _ when problem is { Errors.Count: > 0, Title: "Invalid sweep" } => "correct it; docs/sweeps.md has every key",
            _ when problem.Errors.Count > 0 => "correct the spec; orchestrator validate FILE checks it without a coordinator",
            _ => null,
        };
}
