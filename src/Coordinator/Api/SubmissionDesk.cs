using System.Security.Cryptography;
using System.Text.Json;
using Orchestrator.Coordinator.Access;
using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Coordinator.Settings;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Api;

/// <summary>Takes runs in, wherever their specs come from, or tells what would become of them.</summary>
internal sealed class SubmissionDesk(HeadGateway gateway, RunBoard board, CoordinatorOptions options)
{
    public const int LongestKey = 200;

    public async Task<IResult> TakeAsync(HttpContext context, Submission submission, CancellationToken cancellation)
    {
        var caller = context.Features.Get<Caller>()!;
        if (caller.Acts(submission.User) is not { } by)
        {
            return Problems.BadUser();
        }

        var (labels, wrong) = RunLabels.Read(submission.Labels);
        if (labels is null)
        {
            return Problems.BadQuery(wrong!);
        }

        if (submission.Parsed.Spec is not { } spec)
        {
            return Problems.BadSpec(submission.Parsed.Errors);
        }

        if (caller.MayNotSubmit(spec.ProjectName) is { } problem)
        {
            return AccessProblems.OfAnother(problem);
        }

        if (submission.Key?.Length > LongestKey)
        {
            return Problems.BadQuery($"An Idempotency-Key has at most {LongestKey} characters.");
        }

        return submission.DryRun
            ? Look(spec)
            : await gateway.SubmitAsync(
                new SubmitRun(
                    spec,
                    string.IsNullOrEmpty(submission.Key) ? null : submission.Key,
                    Convert.ToHexStringLower(SHA256.HashData(submission.Body)),
                    by
                )
                {
                    Labels = labels,
                    ClonedFrom = submission.ClonedFrom,
                },
                cancellation
            ) switch
            {
                RunAccepted accepted => Accepted(context, accepted),
                SubmissionConflict conflict => Problems.Conflict(conflict.Run),
                _ => Problems.NotReady(),
            };
    }

    private static IResult Accepted(HttpContext context, RunAccepted accepted)
    {
        context.Features.Get<AuditSubject>()!.Name = accepted.Run;
        var location = $"/api/v1/runs/{accepted.Run}";
        var view = new SubmittedView(accepted.Run, accepted.Name, location);
        return accepted.Created ? Results.Created(location, view) : Results.Ok(view);
    }

    private IResult Look(RunSpec spec) =>
        gateway.IsOpen
            ? Results.Ok(
                new DryRunView(
                    JsonSerializer.SerializeToElement(spec, RunSpecJson.Options),
                    RunSpecJson.Hash(spec),
                    SubmissionWarnings.Of(spec, board.Workers, options.Scheduling)
                )
            )
            : Problems.NotReady();
}
