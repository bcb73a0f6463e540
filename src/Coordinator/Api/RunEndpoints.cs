using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Mvc;
using Orchestrator.Coordinator.Access;
using Orchestrator.Coordinator.Api.Reference;
using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Storage;
using Orchestrator.Shared.Api;

namespace Orchestrator.Coordinator.Api;

/// <summary>Runs and workers under /api/v1 (docs/api.md).</summary>
public static class RunEndpoints
{
    /// <summary>Most rows in one answer.</summary>
    private const int MostRows = 5000;

    private static readonly string RowRange = $"from is a step from 0 on, limit is 1 to {MostRows}.";

    public static void MapRunEndpoints(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/v1");
        api.MapSubmissionEndpoints();
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
        api.MapRunChangeEndpoints();
        api.MapVerificationEndpoints();
        api.MapEvaluationEndpoints();
        api.MapSweepEndpoints();
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

    private static IResult List(
        RunBoard board,
        HeadGateway gateway,
        [Description("So many at most, the newest; left out: all.")] [Range(1, RunQuery.MostRuns)] int? limit = null,
        [Description("Only runs that were submitted before this one: `next` of the page before.")] string? before = null,
        [Description("Only runs in one of these phases, comma-separated: `queued,running`.")] string? phase = null,
        [FromQuery] [Description("Only runs with this label, `key=value`; may be given several times.")] string[]? label = null
    )
    {
        if (!gateway.IsOpen)
        {
            return Problems.NotReady();
        }

        var (query, problem) = RunQuery.Read(limit, before, phase, label);
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
}
