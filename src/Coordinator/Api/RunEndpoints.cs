using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Mvc;
using Orchestrator.Coordinator.Access;
using Orchestrator.Coordinator.Api.Reference;
using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Storage;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Api;

/// <summary>Runs and workers under /api/v1 (docs/api.md).</summary>
public static class RunEndpoints
{
    /// <summary>Most rows in one answer.</summary>
    private const int MostRows = 5000;

    private const int LongestKey = 200;

    private static readonly string RowRange = $"from is a step from 0 on, limit is 1 to {MostRows}.";

    private static readonly SubmittedView Submitted = new(
        ApiExamples.RunName,
        ApiExamples.Spec.Name,
        $"/api/v1/runs/{ApiExamples.RunName}"
    );

    public static void MapRunEndpoints(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/v1");
        api.MapPost("/runs", SubmitAsync)
            .Needs(TokenScope.Researcher)
            .Operation(
                ApiTags.Runs,
                "submitRun",
                "Submit a run",
                "The run is in the journal before the answer. A spec with errors is refused with all of them at once."
            )
            .TakesDocument(
                "A run's spec, YAML or JSON, at most 64 KiB. Keys that are left out take the method's defaults; short forms of keys (docs/spec.md) are taken beside the whole ones of the schema.",
                ApiExamples.SpecYaml,
                ApiExamples.Spec
            )
            .Answers(Submitted, "Queued.", StatusCodes.Status201Created)
            .WithAnswerHeader(StatusCodes.Status201Created, "Location", "The run's address.")
            .Answers(Submitted, "The run that this Idempotency-Key submitted before.")
            .Refuses(
                Problems.BadSpec([new SpecError("batch.shards", "6", "must be a power of two: 4 or 8")]),
                Problems.BadQuery($"user: {RunOwner.NameRule}."),
                AccessProblems.OfAnother("The spec's project is vision; this token is for speech."),
                Problems.Conflict(ApiExamples.RunName)
            );
        api.MapGet("/runs", List)
            .Operation(
                ApiTags.Runs,
                "listRuns",
                "List runs",
                "Every run in order of submission; with `limit` the newest, and `next` is the `before` of the page of older ones."
            )
            .Answers(new RunListView([ApiExamples.Run], ApiExamples.RunName), "In order of submission.")
            .Refuses(RunQuery.Read(0, null, null).Problem is { } limit ? Problems.BadQuery(limit) : Results.Problem());
        api.MapGet("/runs/{id}", (string id, Lookup runs) => runs.With(id, state => Results.Ok(RunViewer.View(state))))
            .Operation(ApiTags.Runs, "getRun", "Show a run as it stands")
            .Answers(ApiExamples.Run, "The run.");
        api.MapGet(
                "/runs/{id}/detail",
                (string id, Lookup runs, TimeProvider time) => runs.With(id, state => Results.Ok(RunViewer.Detail(state, time.GetUtcNow())))
            )
            .Operation(
                ApiTags.Runs,
                "getRunDetail",
                "Show everything about a run",
                "Spec, members, generations, hashes, checkpoints, evaluation."
            )
            .Answers(ApiExamples.Detail, "The run and what is known of it.");
        api.MapGet("/runs/{id}/metrics", Metrics)
            .Operation(
                ApiTags.Results,
                "getRunMetrics",
                "Read rows of steps",
                "By step, each step once; `next` is the `from` of the following page."
            )
            .Answers(new StepRowsView([ApiExamples.Row], ApiExamples.Row.Step + 1), "Rows, in order of steps.")
            .Refuses(Problems.BadQuery(RowRange));
        api.MapGet("/runs/{id}/history", (string id, Lookup runs) => runs.With(id, state => Results.Ok(new RunEventsView(state.History))))
            .Operation(ApiTags.Results, "getRunHistory", "Read what happened to a run, in words")
            .Answers(new RunEventsView([ApiExamples.Event]), "Lines, in order.");
        api.MapGet(
                "/runs/{id}/artifacts",
                (string id, Lookup runs, ArtifactFolder artifacts) =>
                    runs.With(id, state => Results.Ok(new ArtifactsView(artifacts.List(state.Run))))
            )
            .Operation(ApiTags.Results, "listRunArtifacts", "List a run's files", "Encoders, example, picture, report (docs/encoders.md).")
            .Answers(new ArtifactsView([ApiExamples.Artifact]), "Names, sizes and paths.");
        api.MapGet("/runs/{id}/artifacts/{name}", Artifact)
            .Operation(ApiTags.Results, "downloadRunArtifact", "Download one of a run's files", "Takes a `Range`.")
            .AnswersBytes(
                "The file.",
                StatusCodes.Status200OK,
                "application/octet-stream",
                "image/png",
                "application/json",
                "text/markdown"
            )
            .AnswersBytes("The part that `Range` asks for.", StatusCodes.Status206PartialContent, "application/octet-stream")
            .Refuses(
                Problems.NoArtifact(ApiExamples.RunName, "encoder.onnx"),
                Results.Problem(statusCode: StatusCodes.Status416RangeNotSatisfiable)
            );
        api.MapPost("/runs/{id}/cancel", CancelAsync)
            .ChangesRun()
            .Operation(ApiTags.Runs, "cancelRun", "Cancel a run", "It is in the journal before the answer; the end follows.")
            .Answers(ApiExamples.CanceledRun, "The run, which ends.", StatusCodes.Status202Accepted)
            .WithAnswerHeader(StatusCodes.Status202Accepted, "Location", "The run's address.")
            .Refuses(
                AccessProblems.OfAnother($"Run {ApiExamples.RunName} is of project vision; this token is for speech."),
                Problems.Ended(ApiExamples.RunName, "all 18440 steps are done")
            );
        api.MapVerificationEndpoints();
        api.MapEvaluationEndpoints();
        api.MapTokenEndpoints();
        api.MapGet(
                "/workers",
                (RunBoard board, HeadGateway gateway) =>
                    gateway.IsOpen ? Results.Ok(new WorkerListView(board.Workers)) : Problems.NotReady()
            )
            .Operation(ApiTags.Workers, "listWorkers", "List the workers")
            .Answers(new WorkerListView([ApiExamples.Worker]), "Each as the coordinator last heard of it.");
        api.MapPost("/workers/{id}/release", ReleaseAsync)
            .Needs(TokenScope.Operator)
            .Operation(
                ApiTags.Workers,
                "releaseWorker",
                "Let a worker be used again",
                "A worker that was kept out of runs (`quarantined`) may be used at once."
            )
            .Answers(ApiExamples.Worker with { State = "idle", Reason = "waits for a run", Run = null, Rank = null }, "The worker.")
            .Refuses(Problems.NoWorker("lab-9"));
    }

    private static async Task<IResult> ReleaseAsync(
        [Description("The worker's name.")] string id,
        HeadGateway gateway,
        RunBoard board,
        CancellationToken cancellation
    ) =>
        await gateway.ReleaseAsync(id, cancellation) switch
        {
            null => Problems.NotReady(),
            { Known: true } when board.Workers.FirstOrDefault(w => w.WorkerId == id) is { } worker => Results.Ok(worker),
            _ => Problems.NoWorker(id),
        };

    private static async Task<IResult> SubmitAsync(
        HttpRequest request,
        Caller caller,
        HeadGateway gateway,
        CancellationToken cancellation,
        [FromHeader(Name = "Idempotency-Key")]
        [StringLength(LongestKey)]
        [Description("The same key submits once: sent again, the first run is answered; with another body, 409.")]
            string? key = null,
        [Description("For whom the run trains, where no tokens are asked for; with them it is the token's user's.")]
        [RegularExpression(RunOwner.NamePattern)]
            string? user = null
    )
    {
        // Who has proved a name goes by that one.
        user = caller.IsAnonymous ? user : caller.User;
        if (user is not null && !RunOwner.IsName(user))
        {
            return Problems.BadQuery($"user: {RunOwner.NameRule}.");
        }

        if (await RequestBody.ReadAsync(request, cancellation) is not { } body)
        {
            return Problems.TooLong();
        }

        var parsed = RunSpecParser.Parse(Encoding.UTF8.GetString(body));
        if (parsed.Spec is not { } spec)
        {
            return Problems.BadSpec(parsed.Errors);
        }

        if (caller.MayNotSubmit(spec.ProjectName) is { } problem)
        {
            return AccessProblems.OfAnother(problem);
        }

        if (key?.Length > LongestKey)
        {
            return Problems.BadQuery($"An Idempotency-Key has at most {LongestKey} characters.");
        }

        var answer = await gateway.SubmitAsync(
            spec,
            string.IsNullOrEmpty(key) ? null : key,
            Convert.ToHexStringLower(SHA256.HashData(body)),
            cancellation,
            user
        );
        switch (answer)
        {
            case RunAccepted accepted:
                request.HttpContext.Features.Get<AuditSubject>()!.Name = accepted.Run;
                var location = $"/api/v1/runs/{accepted.Run}";
                var view = new SubmittedView(accepted.Run, accepted.Name, location);
                return accepted.Created ? Results.Created(location, view) : Results.Ok(view);
            case SubmissionConflict conflict:
                return Problems.Conflict(conflict.Run);
            default:
                return Problems.NotReady();
        }
    }

    private static IResult List(
        RunBoard board,
        HeadGateway gateway,
        [Description("So many at most, the newest; left out: all.")] [Range(1, RunQuery.MostRuns)] int? limit = null,
        [Description("Only runs that were submitted before this one: `next` of the page before.")] string? before = null,
        [Description("Only runs in one of these phases, comma-separated: `queued,running`.")] string? phase = null
    )
    {
        if (!gateway.IsOpen)
        {
            return Problems.NotReady();
        }

        var (query, problem) = RunQuery.Read(limit, before, phase);
        return query is null ? Problems.BadQuery(problem!)
            : board.Page(query) is { } page ? Results.Ok(new RunListView([.. page.Runs.Select(RunViewer.View)], page.Next))
            : Problems.BadQuery($"before: {before} – there is no such run.");
    }

    private static IResult Metrics(
        string id,
        Lookup runs,
        StepRowStore rows,
        [Description("The first step, 0-based.")] [Range(0, long.MaxValue)] long from = 0,
        [Description("So many rows at most.")] [Range(1, MostRows)] int limit = MostRows
    )
    {
        if (from < 0 || limit is < 1 or > MostRows)
        {
            return Problems.BadQuery(RowRange);
        }

        return runs.With(
            id,
            state =>
            {
                var found = rows.Read(state.Run, from, limit);
                long? next = found.Count == limit ? found[^1].Step + 1 : null;
                return Results.Ok(new StepRowsView([.. found.Select(RunViewer.Row)], next));
            }
        );
    }

    private static IResult Artifact(
        string id,
        [Description("As the list of artifacts has it.")] string name,
        Lookup runs,
        ArtifactFolder artifacts
    ) =>
        runs.With(
            id,
            state =>
            {
                if (artifacts.Find(state.Run, name) is not { } artifact)
                {
                    return Problems.NoArtifact(id, name);
                }

                var type = Path.GetExtension(name) switch
                {
                    ".png" => "image/png",
                    ".json" => "application/json",
                    ".md" => "text/markdown; charset=utf-8",
                    _ => "application/octet-stream",
                };
                return Results.File(artifact.Path, type, enableRangeProcessing: true);
            }
        );

    private static async Task<IResult> CancelAsync(
        string id,
        Lookup runs,
        HeadGateway gateway,
        RunBoard board,
        CancellationToken cancellation
    )
    {
        if (!RunId.IsValid(id))
        {
            return Problems.NoRun(id);
        }

        var answered = await gateway.CancelAsync(id, cancellation);
        return answered?.Answer switch
        {
            null => Problems.NotReady(),
            CancelAnswer.NoSuchRun => Problems.NoRun(id),
            CancelAnswer.AlreadyEnded => Problems.Ended(id, board.Find(id)?.EndReason),
            _ => runs.With(id, state => Results.Accepted($"/api/v1/runs/{id}", RunViewer.View(state))),
        };
    }
}
