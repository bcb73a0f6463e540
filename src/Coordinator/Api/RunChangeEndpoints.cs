using System.Text;
using Orchestrator.Coordinator.Access;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Api;

/// <summary>What is asked of a run that was submitted, under /api/v1/runs/{id} (docs/api.md).</summary>
public static class RunChangeEndpoints
{
    public static void MapRunChangeEndpoints(this IEndpointRouteBuilder api)
    {
        api.MapPatch("/runs/{id}", ChangeAsync)
            .ChangesRun()
            .Produces<RunView>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);
        MapVerb(api, "pause", by => new PauseAsked(by));
        MapVerb(api, "resume", by => new ResumeAsked(by));
        MapVerb(api, "cancel", by => new CancelAsked(by));
        MapVerb(api, "kill", by => new KillAsked(by));
        MapVerb(api, "retry", by => new RetryAsked(by));
    }

    private static void MapVerb(IEndpointRouteBuilder api, string verb, Func<string, RunAsked> ask) =>
        api.MapPost(
                $"/runs/{{id}}/{verb}",
                async (string id, Caller caller, RunDesk desk, CancellationToken cancellation, string? user = null) =>
                    caller.Acts(user) is { } by
                        ? await desk.AskAsync(id, ask(by), run => Results.Accepted($"/api/v1/runs/{id}", run), cancellation)
                        : Problems.BadUser()
            )
            .ChangesRun()
            .Produces<RunView>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);

    private static async Task<IResult> ChangeAsync(
        string id,
        HttpRequest request,
        Caller caller,
        RunDesk desk,
        CancellationToken cancellation,
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

        var parsed = RunChangeParser.Parse(Encoding.UTF8.GetString(body));
        return parsed.Change is { } change
            ? await desk.AskAsync(id, new ChangeAsked(by, change), Results.Ok, cancellation)
            : Problems.BadChange(parsed.Errors);
    }
}
