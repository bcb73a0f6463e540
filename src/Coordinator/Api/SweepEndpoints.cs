using System.Security.Cryptography;
using System.Text;
using Orchestrator.Coordinator.Access;
using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Sweeps;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Orchestrator.Shared.Sweeps;

namespace Orchestrator.Coordinator.Api;

/// <summary>Sweeps under /api/v1/sweeps (docs/sweeps.md).</summary>
public static class SweepEndpoints
{
    public static void MapSweepEndpoints(this IEndpointRouteBuilder api)
    {
        api.MapPost("/sweeps", SubmitAsync)
            .Needs(TokenScope.Researcher)
            .Produces<SubmittedView>(StatusCodes.Status201Created)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status409Conflict);
        api.MapGet(
                "/sweeps",
                (SweepBoard sweeps, HeadGateway gateway) =>
                    gateway.IsOpen ? Results.Ok(new SweepListView([.. sweeps.Sweeps.Select(SweepViewer.View)])) : Problems.NotReady()
            )
            .Produces<SweepListView>();
        api.MapGet("/sweeps/{id}", (string id, SweepBoard sweeps, RunBoard runs, HeadGateway gateway) => Show(id, sweeps, runs, gateway))
            .Produces<SweepDetailView>()
            .ProducesProblem(StatusCodes.Status404NotFound);
        api.MapPost("/sweeps/{id}/cancel", CancelAsync)
            .ChangesSweep()
            .Produces<SweepDetailView>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);
    }

    private static IResult Show(string id, SweepBoard sweeps, RunBoard runs, HeadGateway gateway) =>
        !gateway.IsOpen ? Problems.NotReady()
        : sweeps.Find(id) is { } sweep ? Results.Ok(SweepViewer.Detail(sweep, runs.Find))
        : Problems.NoSweep(id);

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

        var key = request.Headers["Idempotency-Key"].ToString();
        if (key.Length > 200)
        {
            return Problems.BadQuery("An Idempotency-Key has at most 200 characters.");
        }

        var submit = new SubmitSweep(
            spec,
            key.Length == 0 ? null : key,
            Convert.ToHexStringLower(SHA256.HashData(body)),
            new RunOwner(project, user ?? RunOwner.Anonymous)
        );
        switch (await gateway.SubmitAsync(submit, cancellation))
        {
            case SweepAccepted accepted:
                request.HttpContext.Features.Get<AuditSubject>()!.Name = accepted.Sweep;
                var location = $"/api/v1/sweeps/{accepted.Sweep}";
                var view = new SubmittedView(accepted.Sweep, accepted.Name, location);
                return accepted.Created ? Results.Created(location, view) : Results.Ok(view);
            case SweepConflict conflict:
                return Problems.KeyTaken($"sweep {conflict.Sweep}");
            default:
                return Problems.NotReady();
        }
    }

    private static async Task<IResult> CancelAsync(
        string id,
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
            SweepCancelAnswer.AlreadyEnded => Results.Problem(
                $"Sweep {id} has ended: {sweeps.Find(id)?.End?.Reason}.",
                statusCode: StatusCodes.Status409Conflict,
                title: "Sweep has ended"
            ),
            _ when sweeps.Find(id) is { } sweep => Results.Accepted($"/api/v1/sweeps/{id}", SweepViewer.Detail(sweep, runs.Find)),
            _ => Problems.NotReady(),
        };
    }
}
