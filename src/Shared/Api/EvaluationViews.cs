using Orchestrator.Shared.Evaluations;

namespace Orchestrator.Shared.Api;

/// <summary>
/// An evaluation that was asked for: the answer to <c>POST /api/v1/runs/{id}/evaluations</c>, and <c>GET …/evaluations/{key}</c>.
/// </summary>
/// <param name="Key">Names it: <c>STEP-HASH</c> of the checkpoint and of how it is judged.</param>
/// <param name="Step">Completed steps of the checkpoint that is judged.</param>
/// <param name="Reason">How it stands, in words.</param>
/// <param name="Result">Once it is done.</param>
public sealed record EvaluationErrandView(
    string Run,
    string Key,
    long Step,
    ErrandPhase Phase,
    string Reason,
    EvaluationResult? Result = null
);

/// <summary><c>GET /api/v1/runs/{id}/evaluations</c>: those that are done, in order of their end.</summary>
public sealed record EvaluationListView(IReadOnlyList<EvaluationErrandView> Evaluations);
