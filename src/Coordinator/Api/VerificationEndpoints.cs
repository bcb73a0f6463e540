using Orchestrator.Coordinator.Access;
using Orchestrator.Coordinator.Errands;
using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Storage;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Api;

/// <summary>Steps that are computed again, under /api/v1/runs/{id}/verifications (docs/api.md).</summary>
public static class VerificationEndpoints
{
    public static void MapVerificationEndpoints(this IEndpointRouteBuilder api)
    {
        api.MapPost("/runs/{id}/verifications", VerifyAsync)
            .ChangesRun()
            .Produces<VerificationView>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);
        api.MapGet(
                "/runs/{id}/verifications/{step:long}",
                (string id, long step, Lookup runs, RunBoard board) =>
                    runs.With(
                        id,
                        _ =>
                            board.Errand(new VerificationKey(id, step).ToString()) is { } errand
                                ? Results.Ok(View(errand, step))
                                : Problems.NoVerification(id, step)
                    )
            )
            .Produces<VerificationView>()
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<IResult> VerifyAsync(
        string id,
        VerificationRequest body,
        Lookup runs,
        RunBoard board,
        StepRowStore rows,
        HeadGateway gateway,
        CancellationToken cancellation
    )
    {
        if (body.Step < 0)
        {
            return Problems.BadQuery("step is the index of a step, from 0 on.");
        }

        if (board.Find(id) is not { } state)
        {
            return runs.With(id, _ => Problems.NotReady());
        }

        if (rows.Read(state.Run, body.Step, 1) is not [{ } row] || row.Step != body.Step || state.Formed is null)
        {
            return Problems.NotStepped(id, body.Step, state.Progress?.Next ?? 0);
        }

        return await gateway.OrderAsync(VerificationOrder.Of(state, row), cancellation) switch
        {
            { Errand: { } errand } => Results.Accepted($"/api/v1/runs/{id}/verifications/{body.Step}", View(errand, body.Step)),
            { Refusal: { } refusal } => Problems.NotVerifiable(refusal),
            _ => Problems.NotReady(),
        };
    }

    private static VerificationView View(Errand errand, long step) =>
        new(errand.Run, step, errand.Phase, errand.Reason, ErrandOutcome.Read<VerificationResult>(errand.ResultJson));
}
