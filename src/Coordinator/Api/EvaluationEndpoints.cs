using System.ComponentModel;
using System.Text;
using Orchestrator.Coordinator.Access;
using Orchestrator.Coordinator.Api.Reference;
using Orchestrator.Coordinator.Errands;
using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Api;

/// <summary>Checkpoints that are judged as somebody asks for, under /api/v1/runs/{id}/evaluations (docs/api.md).</summary>
public static class EvaluationEndpoints
{
    public static void MapEvaluationEndpoints(this IEndpointRouteBuilder api)
    {
        api.MapPost("/runs/{id}/evaluations", EvaluateAsync)
            .ChangesRun()
            .Operation(
                ApiTags.Evaluations,
                "evaluateRun",
                "Ask for a run's newest checkpoint to be judged",
                "One idle worker does it, others help. Asked again, how it stands; one that failed is tried again."
            )
            .TakesDocument("How it is judged, YAML or JSON (docs/evaluation.md).", ApiExamples.EvaluationYaml, ApiExamples.Evaluation)
            .Answers(ApiExamples.QueuedEvaluation, "How it stands.", StatusCodes.Status202Accepted)
            .WithAnswerHeader(StatusCodes.Status202Accepted, "Location", "The evaluation's address.")
            .Refuses(
                Problems.BadEvaluation([new SpecError("protocols[0]", "knnn", "must be one of knn, linear, …")]),
                Problems.NoCheckpoint(ApiExamples.RunName),
                Problems.NotEvaluable("No connected worker can judge it: none is of device cpu.")
            );
        api.MapGet(
                "/runs/{id}/evaluations",
                (string id, Lookup runs) =>
                    runs.With(id, state => Results.Ok(new EvaluationListView([.. state.Evaluations.Select(e => View(state, e))])))
            )
            .Operation(ApiTags.Evaluations, "listRunEvaluations", "List the evaluations of a run that are done")
            .Answers(new EvaluationListView([ApiExamples.DoneEvaluation]), "In order of their end.");
        api.MapGet(
                "/runs/{id}/evaluations/{key}",
                (string id, [Description("As the answer to its order has it.")] string key, Lookup runs, RunBoard board) =>
                    runs.With(id, state => Find(state, board, key) is { } view ? Results.Ok(view) : Problems.NoEvaluation(id, key))
            )
            .Operation(ApiTags.Evaluations, "getRunEvaluation", "See how an evaluation stands")
            .Answers(ApiExamples.DoneEvaluation, "How it stands, and once it is done what it found.")
            .Refuses(Problems.NoEvaluation(ApiExamples.RunName, ApiExamples.EvaluationKey));
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
