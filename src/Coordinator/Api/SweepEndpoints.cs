using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Mvc;
using Orchestrator.Coordinator.Access;
using Orchestrator.Coordinator.Api.Reference;
using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Sweeps;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Orchestrator.Shared.Sweeps;

namespace Orchestrator.Coordinator.Api;

/// <summary>Sweeps under /api/v1/sweeps (docs/sweeps.md).</summary>
public static class SweepEndpoints
{
    private const string SweepMeaning = "The sweep's id.";

    private static readonly SubmittedView Submitted = new(
        ApiExamples.SweepName,
        ApiExamples.Sweep.Name,
        $"/api/v1/sweeps/{ApiExamples.SweepName}"
    );

    public static void MapSweepEndpoints(this IEndpointRouteBuilder api)
    {
        api.MapPost("/sweeps", SubmitAsync)
            .Needs(TokenScope.Researcher)
            .Operation(
                ApiTags.Sweeps,
                "submitSweep",
                "Submit a sweep",
                "Every trial's spec is checked before anything is written. The sweep is in the journal before the answer; its trials are runs of the submitter."
            )
            .TakesDocument(
                "A sweep, YAML or JSON, at most 64 KiB (docs/sweeps.md): a run's spec, and which of its fields take which values.",
                ApiExamples.SweepYaml,
                ApiExamples.SweepDocument
            )
            .Answers(Submitted, "Its trials are submitted, so many at once as it says.", StatusCodes.Status201Created)
            .WithAnswerHeader(StatusCodes.Status201Created, "Location", "The sweep's address.")
            .Answers(Submitted, "The sweep that this Idempotency-Key submitted before.")
            .Refuses(
                Problems.BadSweep([new SpecError("search", "bayes", "must be grid, random or asha")]),
                Problems.BadUser(),
                AccessProblems.OfAnother("The spec's project is vision; this token is for speech."),
                Problems.KeyTaken($"sweep {ApiExamples.SweepName}")
            );
        api.MapGet(
                "/sweeps",
                (SweepBoard sweeps, HeadGateway gateway) =>
                    gateway.IsOpen ? Results.Ok(new SweepListView([.. sweeps.Sweeps.Select(SweepViewer.View)])) : Problems.NotReady()
            )
            .Operation(ApiTags.Sweeps, "listSweeps", "List sweeps", "Every one, in order of submission.")
            .Answers(new SweepListView([ApiExamples.Sweep]), "In order of submission.");
        api.MapGet("/sweeps/{id}", Show)
            .Operation(ApiTags.Sweeps, "getSweep", "Show a sweep and its trials", "The trials are a table, best first.")
            .Answers(ApiExamples.SweepDetail, "The sweep and its table.");
        api.MapPost("/sweeps/{id}/cancel", CancelAsync)
            .ChangesSweep()
            .Operation(
                ApiTags.Sweeps,
                "cancelSweep",
                "Cancel a sweep",
                "Its runs are canceled, and no more are submitted. It is in the journal before the answer; the end follows."
            )
            .Answers(ApiExamples.SweepDetail, "The sweep, which ends.", StatusCodes.Status202Accepted)
            .WithAnswerHeader(StatusCodes.Status202Accepted, "Location", "The sweep's address.")
            .Refuses(
                AccessProblems.OfAnother($"Sweep {ApiExamples.SweepName} is of project vision; this token is for speech."),
                Problems.SweepEnded(ApiExamples.SweepName, "every trial has ended")
            );
    }

    private static IResult Show([Description(SweepMeaning)] string id, SweepBoard sweeps, RunBoard runs, HeadGateway gateway) =>
        !gateway.IsOpen ? Problems.NotReady()
        : sweeps.Find(id) is { } sweep ? Results.Ok(SweepViewer.Detail(sweep, runs.Find))
        : Problems.NoSweep(id);

    private static async Task<IResult> SubmitAsync(
        HttpRequest request,
        Caller caller,
        HeadGateway gateway,
        CancellationToken cancellation,
        [FromHeader(Name = "Idempotency-Key")]
        [StringLength(SubmissionDesk.LongestKey)]
        [Description("The same key submits once: sent again, the first sweep is answered; with another body, 409.")]
            string? key = null,
        [Description("For whom its runs train, where no tokens are asked for; with them it is the token's user's.")]
        [RegularExpression(RunOwner.NamePattern)]
            string? user = null
    )
    {
        if (caller.Acts(user) is not { } by)
        {
            return Problems.BadUser();
        }

        if (await RequestBody.ReadAsync(request, cancellation) is not { } body)
        {
            return Problems.TooLong();
        }

        var parsed = SweepSpecParser.Parse(Encoding.UTF8.GetString(body));
        if (parsed.Spec is not { } spec)
        {
            return Problems.BadSweep(parsed.Errors);
        }

        // No field may be the project: one trial tells it of all.
        var project = SweepTrials.Resolve(spec, SweepTrials.Of(spec)[0]).Spec!.ProjectName;
        if (caller.MayNotSubmit(project) is { } problem)
        {
            return AccessProblems.OfAnother(problem);
        }

        if (key?.Length > SubmissionDesk.LongestKey)
        {
            return Problems.LongKey();
        }

        var submit = new SubmitSweep(
            spec,
            string.IsNullOrEmpty(key) ? null : key,
            Convert.ToHexStringLower(SHA256.HashData(body)),
            new RunOwner(project, by)
        );
        return await gateway.SubmitAsync(submit, cancellation) switch
        {
            SweepAccepted accepted => SubmissionDesk.Taken(request.HttpContext, "sweeps", accepted.Sweep, accepted.Name, accepted.Created),
            SweepConflict conflict => Problems.KeyTaken($"sweep {conflict.Sweep}"),
            _ => Problems.NotReady(),
        };
    }

    private static async Task<IResult> CancelAsync(
        [Description(SweepMeaning)] string id,
        SweepBoard sweeps,
        RunBoard runs,
        HeadGateway gateway,
        CancellationToken cancellation
    )
    {
        if (!SweepId.IsValid(id))
        {
            return Problems.NoSweep(id);
        }

        var answered = await gateway.CancelSweepAsync(id, cancellation);
        return answered?.Answer switch
        {
            null => Problems.NotReady(),
            SweepCancelAnswer.NoSuchSweep => Problems.NoSweep(id),
            SweepCancelAnswer.AlreadyEnded => Problems.SweepEnded(id, sweeps.Find(id)?.End?.Reason),
            _ when sweeps.Find(id) is { } sweep => Results.Accepted($"/api/v1/sweeps/{id}", SweepViewer.Detail(sweep, runs.Find)),
            _ => Problems.NotReady(),
        };
    }
}
