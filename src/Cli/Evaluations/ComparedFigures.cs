using Orchestrator.Shared.Api;
using Orchestrator.Shared.Evaluations;

namespace Orchestrator.Cli.Evaluations;

/// <summary>A run with what it was judged by.</summary>
/// <param name="Evaluations">Done, in order of their end.</param>
public sealed record ComparedRun(RunView Run, IReadOnlyList<EvaluationErrandView> Evaluations);

/// <summary>One setting of one protocol for several runs.</summary>
/// <param name="Judged">Network, features, views and data.</param>
/// <param name="Figures">Of the pretrained networks, in the order of the runs; null where a run has none.</param>
/// <param name="Pixels">Of raw pixels, likewise.</param>
/// <param name="Random">Of the networks as initialized, likewise.</param>
public sealed record ComparedFigures(
    EvaluationProtocol Protocol,
    string Setting,
    string Metric,
    string Judged,
    IReadOnlyList<EvaluationFigure?> Figures,
    IReadOnlyList<EvaluationFigure?> Pixels,
    IReadOnlyList<EvaluationFigure?> Random
);
