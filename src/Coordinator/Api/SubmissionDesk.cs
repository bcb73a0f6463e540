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
            return Problems.LongKey();
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

    private static IResult Accepted(HttpContext context, RunAccepted accepted) =>
        Taken(context, "runs", accepted.Run, accepted.Name, accepted.Created);

    /// <summary>What an Idempotency-Key, and the audit log, know of a submission that was taken in.</summary>
    /// <param name="kind">Below /api/v1/.</param>
    /// <param name="created">By this request, and not by an earlier one.</param>
    internal static IResult Taken(HttpContext context, string kind, string id, string name, bool created)
    {
        context.Features.Get<AuditSubject>()!.Name = id;
        var view = new SubmittedView(id, name, $"/api/v1/{kind}/{id}");
        return created ? Results.Created(view.Location, view) : Results.Ok(view);
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
