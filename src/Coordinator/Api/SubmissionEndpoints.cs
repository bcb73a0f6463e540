using System.Text;
using Microsoft.AspNetCore.Mvc;
using Orchestrator.Coordinator.Access;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Api;

/// <summary>How runs come in, under /api/v1 (docs/api.md): as a spec, or as another run's with other fields.</summary>
public static class SubmissionEndpoints
{
    public static void MapSubmissionEndpoints(this IEndpointRouteBuilder api)
    {
        api.MapPost("/runs", SubmitAsync)
            .Needs(TokenScope.Researcher)
            .Produces<SubmittedView>(StatusCodes.Status201Created)
            .Produces<DryRunView>()
            .ProducesProblem(StatusCodes.Status400BadRequest);
        // Whoever may submit may take any run's spec for it: reading knows no projects.
        api.MapPost("/runs/{id}/clone", CloneAsync)
            .Needs(TokenScope.Researcher)
            .Produces<SubmittedView>(StatusCodes.Status201Created)
            .Produces<DryRunView>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<IResult> SubmitAsync(
        HttpRequest request,
        SubmissionDesk desk,
        CancellationToken cancellation,
        string? user = null,
        [FromQuery] string[]? label = null,
        bool dryRun = false
    ) =>
        await RequestBody.ReadAsync(request, cancellation) is { } body
            ? await desk.TakeAsync(
                request.HttpContext,
                new Submission(RunSpecParser.Parse(Encoding.UTF8.GetString(body)), body, null, user, label ?? [], dryRun),
                cancellation
            )
            : Problems.TooLong();

    private static async Task<IResult> CloneAsync(
        string id,
        HttpRequest request,
        Lookup runs,
        RunBoard board,
        SubmissionDesk desk,
        CancellationToken cancellation,
        string? user = null,
        [FromQuery] string[]? label = null,
        bool dryRun = false
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
        return await desk.TakeAsync(request.HttpContext, new Submission(cloned, named, id, user, label ?? [], dryRun), cancellation);
    }
}
