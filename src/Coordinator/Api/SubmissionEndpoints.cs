using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text;
using Microsoft.AspNetCore.Mvc;
using Orchestrator.Coordinator.Access;
using Orchestrator.Coordinator.Api.Reference;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Api;

/// <summary>How runs come in, under /api/v1 (docs/api.md): as a spec, or as another run's with other fields.</summary>
public static class SubmissionEndpoints
{
    private const string KeyMeaning = "The same key submits once: sent again, the first run is answered; with another body, 409.";
    private const string UserMeaning = "For whom the run trains, where no tokens are asked for; with them it is the token's user's.";
    private const string LabelMeaning = "A label of the run, `key=value`; may be given several times.";
    private const string DryRunMeaning = "Only look whether it could be submitted: 200 with `spec`, `specSha256` and `warnings`.";

    private static readonly SubmittedView Submitted = new(
        ApiExamples.RunName,
        ApiExamples.Spec.Name,
        $"/api/v1/runs/{ApiExamples.RunName}"
    );

    public static void MapSubmissionEndpoints(this IEndpointRouteBuilder api)
    {
        api.MapPost("/runs", SubmitAsync)
            .Needs(TokenScope.Researcher)
            .Operation(
                ApiTags.Runs,
                "submitRun",
                "Submit a run",
                "The run is in the journal before the answer. A spec with errors is refused with all of them at once. With `dryRun=true` nothing is submitted, and the answer is the resolved spec, its hash and what the run would wait for."
            )
            .TakesDocument(
                "A run's spec, YAML or JSON, at most 64 KiB. Keys that are left out take the method's defaults; short forms of keys (docs/spec.md) are taken beside the whole ones of the schema.",
                ApiExamples.SpecYaml,
                ApiExamples.Spec
            )
            .AnswersSubmission()
            .Refuses(Problems.BadSpec([new SpecError("batch.shards", "6", "must be a power of two: 4 or 8")]));
        // Whoever may submit may take any run's spec for it: reading knows no projects.
        api.MapPost("/runs/{id}/clone", CloneAsync)
            .Needs(TokenScope.Researcher)
            .Operation(
                ApiTags.Runs,
                "cloneRun",
                "Submit a run's spec again, with other fields",
                "A new run of the resolved spec with the fields that are set, checked as a submission is; it names the run that it was cloned from."
            )
            .TakesDocument(
                "Paths in the resolved spec and their values, YAML or JSON; a name. Nothing has to be given.",
                "set: { seed: 3, optimizer.baseLearningRate: 0.001 }\nname: gmml-fashion-seed-3\n",
                ApiExamples.Clone
            )
            .AnswersSubmission()
            .Refuses(Problems.BadSpec([new SpecError("set.batch.shard", "8", "is no key of a spec: batch.shards?")]));
    }

    private static RouteHandlerBuilder AnswersSubmission(this RouteHandlerBuilder builder) =>
        builder
            .Answers(Submitted, "Queued.", StatusCodes.Status201Created)
            .WithAnswerHeader(StatusCodes.Status201Created, "Location", "The run's address.")
            .Answers(Submitted, "The run that this Idempotency-Key submitted before; of a dry run, what it found.")
            .Refuses(
                Problems.BadUser(),
                AccessProblems.OfAnother("The spec's project is vision; this token is for speech."),
                Problems.Conflict(ApiExamples.RunName)
            );

    private static async Task<IResult> SubmitAsync(
        HttpRequest request,
        SubmissionDesk desk,
        CancellationToken cancellation,
        [FromHeader(Name = "Idempotency-Key")] [StringLength(SubmissionDesk.LongestKey)] [Description(KeyMeaning)] string? key = null,
        [Description(UserMeaning)] [RegularExpression(RunOwner.NamePattern)] string? user = null,
        [FromQuery] [Description(LabelMeaning)] string[]? label = null,
        [Description(DryRunMeaning)] bool dryRun = false
    ) =>
        await RequestBody.ReadAsync(request, cancellation) is { } body
            ? await desk.TakeAsync(
                request.HttpContext,
                new Submission(RunSpecParser.Parse(Encoding.UTF8.GetString(body)), body, null, user, label ?? [], dryRun, key),
                cancellation
            )
            : Problems.TooLong();

    private static async Task<IResult> CloneAsync(
        [Description("The run whose spec is taken.")] string id,
        HttpRequest request,
        Lookup runs,
        RunBoard board,
        SubmissionDesk desk,
        CancellationToken cancellation,
        [FromHeader(Name = "Idempotency-Key")] [StringLength(SubmissionDesk.LongestKey)] [Description(KeyMeaning)] string? key = null,
        [Description(UserMeaning)] [RegularExpression(RunOwner.NamePattern)] string? user = null,
        [FromQuery] [Description(LabelMeaning)] string[]? label = null,
        [Description(DryRunMeaning)] bool dryRun = false
    )
    {
        if (await RequestBody.ReadAsync(request, cancellation) is not { } body)
        {
            return Problems.TooLong();
        }

        if (board.Find(id) is not { } state)
        {
            return runs.With(id, _ => Problems.NotReady());
        }

        var cloned = RunClone.Parse(Encoding.UTF8.GetString(body), state.SpecJson);
        byte[] named = [.. Encoding.UTF8.GetBytes($"clone {id} "), .. body];
        return await desk.TakeAsync(request.HttpContext, new Submission(cloned, named, id, user, label ?? [], dryRun, key), cancellation);
    }
}
