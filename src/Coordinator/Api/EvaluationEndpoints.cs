using System.Text;
using Orchestrator.Coordinator.Access;
using Orchestrator.Coordinator.Errands;
using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Api;

/// <summary>Checkpoints that are judged as somebody asks for, under /api/v1/runs/{id}/evaluations (docs/api.md).</summary>
public static class EvaluationEndpoints
{
    public static void MapEvaluationEndpoints(this IEndpointRouteBuilder api)
    {
        api.MapPost("/runs/{id}/evaluations", EvaluateAsync)
            .ChangesRun()
            .Produces<EvaluationErrandView>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);
        api.MapGet(
                "/runs/{id}/evaluations",
                (string id, Lookup runs) =>
                    runs.With(id, state => Results.Ok(new EvaluationListView([.. state.Evaluations.Select(e => View(state, e))])))
            )
            .Produces<EvaluationListView>();
        api.MapGet(
                "/runs/{id}/evaluations/{key}",
                (string id, string key, Lookup runs, RunBoard board) =>
                    runs.With(id, state => Find(state, board, key) is { } view ? Results.Ok(view) : Problems.NoEvaluation(id, key))
            )
            .Produces<EvaluationErrandView>()
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<IResult> EvaluateAsync(
        string id,
        HttpRequest request,
        Lookup runs,
        RunBoard board,
        HeadGateway gateway,
        CancellationToken cancellation
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

        var parsed = EvaluationSpecParser.Parse(Encoding.UTF8.GetString(body), state.Spec);
        if (parsed.Spec is not { } spec)
        {
            return Problems.BadEvaluation(parsed.Errors);
        }

        if (EvaluationOrder.Of(state, spec) is not { } order)
        {
            return Problems.NoCheckpoint(id);
        }

        var location = $"/api/v1/runs/{id}/evaluations/{order.Named.Name}";
        if (state.Evaluations.Find(e => e.Key == order.Key) is { } done)
        {
            return Results.Accepted(location, View(state, done));
        }

        return await gateway.OrderAsync(order, cancellation) switch
        {
            { Errand: { } errand } => Results.Accepted(location, View(errand, order.Named)),
            { Refusal: { } refusal } => Problems.NotEvaluable(refusal),
            _ => Problems.NotReady(),
        };
    }

    private static EvaluationErrandView? Find(RunState state, RunBoard board, string name)
    {
        var done = state.Evaluations.Find(e => EvaluationErrandKey.Parse(e.Key)?.Name == name);
        if (done is not null)
        {
            return View(state, done);
        }

        return EvaluationErrandKey.Parse($"evaluate-{name}@{state.Run}") is { } key && board.Errand(key.ToString()) is { } errand
            ? View(errand, key)
            : null;
    }

    private static EvaluationErrandView View(RunState state, RunEvaluated done)
    {
        var key = EvaluationErrandKey.Parse(done.Key)!.Value;
        return new EvaluationErrandView(
            state.Run,
            key.Name,
            key.Step,
            ErrandPhase.Done,
            done.Text,
            ErrandOutcome.Read<EvaluationResult>(done.ResultJson)
        );
    }

    private static EvaluationErrandView View(Errand errand, EvaluationErrandKey key) =>
        new(errand.Run, key.Name, key.Step, errand.Phase, errand.Reason, ErrandOutcome.Read<EvaluationResult>(errand.ResultJson));
}
