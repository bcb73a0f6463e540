using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Orchestrator.Coordinator.Access;
using Orchestrator.Coordinator.Api.Reference;
using Orchestrator.Coordinator.Errands;
using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Storage;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Api;

/// <summary>Steps that are computed again, under /api/v1/runs/{id}/verifications (docs/api.md).</summary>
public static class VerificationEndpoints
{
    private const string StepRule = "step is the index of a step, from 0 on.";

    public static void MapVerificationEndpoints(this IEndpointRouteBuilder api)
    {
        api.MapPost("/runs/{id}/verifications", VerifyAsync)
            .ChangesRun()
            .Operation(
                ApiTags.Verifications,
                "verifyRunStep",
                "Ask for a step to be computed again",
                "One idle worker does it. Asked again, how it stands; one that failed is tried again."
            )
            .Takes(new VerificationRequest(ApiExamples.Verification.Step))
            .Answers(
                ApiExamples.Verification with
                {
                    Phase = ErrandPhase.Queued,
                    Reason = "waits for an idle worker",
                    Result = null,
                },
                "How it stands.",
                StatusCodes.Status202Accepted
            )
            .WithAnswerHeader(StatusCodes.Status202Accepted, "Location", "The verification's address.")
            .Refuses(
                Problems.BadQuery(StepRule),
                Problems.NotStepped(ApiExamples.RunName, 1200, 800),
                Problems.NotVerifiable("No connected worker computes the run's bits.")
            );
        api.MapGet(
                "/runs/{id}/verifications/{step:long}",
                (string id, [Description("0-based index of the step.")] [Range(0, long.MaxValue)] long step, Lookup runs, RunBoard board) =>
                    runs.With(
                        id,
                        _ =>
                            board.Errand(new VerificationKey(id, step).ToString()) is { } errand
                                ? Results.Ok(View(errand, step))
                                : Problems.NoVerification(id, step)
                    )
            )
            .Operation(ApiTags.Verifications, "getRunVerification", "See how a verification stands")
            .Answers(ApiExamples.Verification, "How it stands, and once it is done what it found.")
            .Refuses(Problems.NoVerification(ApiExamples.RunName, 1200));
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
            return Problems.BadQuery(StepRule);
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
