using System.Security.Cryptography;
using System.Text;
using Orchestrator.Coordinator.Access;
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

    public static void MapRunEndpoints(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/v1");
        api.MapPost("/runs", SubmitAsync)
            .Needs(TokenScope.Researcher)
            .Produces<SubmittedView>(StatusCodes.Status201Created)
            .ProducesProblem(StatusCodes.Status400BadRequest);
        api.MapGet("/runs", List).Produces<RunListView>().ProducesProblem(StatusCodes.Status400BadRequest);
        api.MapGet("/runs/{id}", (string id, Lookup runs) => runs.With(id, state => Results.Ok(RunViewer.View(state)))).Produces<RunView>();
        api.MapGet(
                "/runs/{id}/detail",
                (string id, Lookup runs, TimeProvider time) => runs.With(id, state => Results.Ok(RunViewer.Detail(state, time.GetUtcNow())))
            )
            .Produces<RunDetailView>();
        api.MapGet("/runs/{id}/metrics", Metrics).Produces<StepRowsView>();
        api.MapGet("/runs/{id}/history", (string id, Lookup runs) => runs.With(id, state => Results.Ok(new RunEventsView(state.History))))
            .Produces<RunEventsView>();
        api.MapGet(
                "/runs/{id}/artifacts",
                (string id, Lookup runs, ArtifactFolder artifacts) =>
                    runs.With(id, state => Results.Ok(new ArtifactsView(artifacts.List(state.Run))))
            )
            .Produces<ArtifactsView>();
        api.MapGet("/runs/{id}/artifacts/{name}", Artifact);
        api.MapPost("/runs/{id}/cancel", CancelAsync)
            .ChangesRun()
            .Produces<RunView>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status409Conflict);
        api.MapVerificationEndpoints();
        api.MapEvaluationEndpoints();
        api.MapSweepEndpoints();
        api.MapTokenEndpoints();
        api.MapGet(
                "/workers",
                (RunBoard board, HeadGateway gateway) =>
                    gateway.IsOpen ? Results.Ok(new WorkerListView(board.Workers)) : Problems.NotReady()
            )
            .Produces<WorkerListView>();
        api.MapPost("/workers/{id}/release", ReleaseAsync).Needs(TokenScope.Operator).Produces<WorkerView>();
    }

    private static async Task<IResult> ReleaseAsync(string id, HeadGateway gateway, RunBoard board, CancellationToken cancellation) =>
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

        var key = request.Headers["Idempotency-Key"].ToString();
        if (key.Length > 200)
        {
            return Problems.BadQuery("An Idempotency-Key has at most 200 characters.");
        }

        var answer = await gateway.SubmitAsync(
            spec,
            key.Length == 0 ? null : key,
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

    private static IResult List(RunBoard board, HeadGateway gateway, int? limit = null, string? before = null, string? phase = null)
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

    private static IResult Metrics(string id, Lookup runs, StepRowStore rows, long from = 0, int limit = MostRows)
    {
        if (from < 0 || limit is < 1 or > MostRows)
        {
            return Problems.BadQuery($"from is a step from 0 on, limit is 1 to {MostRows}.");
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

    private static IResult Artifact(string id, string name, Lookup runs, ArtifactFolder artifacts) =>
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
            CancelAnswer.AlreadyEnded => Results.Problem(
                $"Run {id} has ended: {board.Find(id)?.EndReason}.",
                statusCode: StatusCodes.Status409Conflict,
                title: "Run has ended"
            ),
            _ => runs.With(id, state => Results.Accepted($"/api/v1/runs/{id}", RunViewer.View(state))),
        };
    }
}
