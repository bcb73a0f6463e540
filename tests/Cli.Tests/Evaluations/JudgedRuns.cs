using Orchestrator.Shared.Api;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Tests.Evaluations;

/// <summary>Evaluations as a coordinator tells them: low-shot with one label a class, three draws, a tenth apart.</summary>
internal static class JudgedRuns
{
    public static EvaluationErrandView View(ErrandPhase phase, string reason, EvaluationResult? result = null) =>
        new("r-1", "20-0123", 20, phase, reason, result);

    /// <param name="value">Of the pretrained network; raw pixels have 0.3, the network as initialized 0.4.</param>
    /// <param name="data">Images that it was judged on; null: the run's.</param>
    public static EvaluationResult Result(double value, long step = 20, string digest = "d", string? data = null) =>
        new()
        {
            Spec = new EvaluationSpec
            {
                Protocols = [EvaluationProtocol.LowShot],
                Data = data is null ? null : new DataSpec { Images = data },
            },
            Step = step,
            Digest = digest,
            Training = 100,
            Test = 10,
            Classes = 3,
            Figures =
            [
                new EvaluationFigure(EvaluationProtocol.LowShot, "1 a class", "accuracy", JudgedFeatures.Pixels, 0.3, []),
                new EvaluationFigure(EvaluationProtocol.LowShot, "1 a class", "accuracy", JudgedFeatures.Random, 0.4, []),
                new EvaluationFigure(
                    EvaluationProtocol.LowShot,
                    "1 a class",
                    "accuracy",
                    JudgedFeatures.Pretrained,
                    value,
                    [value - 0.1, value, value + 0.1]
                ),
            ],
            Worker = "w",
            Seconds = 1.5,
        };
}
