namespace Orchestrator.Shared.Evaluations;

/// <summary>What an evaluation of a checkpoint found.</summary>
public sealed record EvaluationResult
{
    /// <summary>As it was resolved.</summary>
    public required EvaluationSpec Spec { get; init; }

    /// <summary>Completed steps of the checkpoint.</summary>
    public required long Step { get; init; }

    /// <summary>stateSha256 of the checkpoint.</summary>
    public required string Digest { get; init; }

    /// <summary>Samples that were learned from and tested on (where exams alone are judged: slices of all planes), and classes.</summary>
    public required int Training { get; init; }
    public required int Test { get; init; }
    public required int Classes { get; init; }

    /// <summary>Exams that were learned from and tested on; null without exams.</summary>
    public ExamCounts? Exams { get; init; }
    public required IReadOnlyList<EvaluationFigure> Figures { get; init; }

    /// <summary>Who reported it.</summary>
    public required string Worker { get; init; }

    /// <summary>Other workers that computed parts of it.</summary>
    public IReadOnlyList<string> Helpers { get; init; } = [];

    /// <summary>As long as <see cref="Worker"/> took.</summary>
    public required double Seconds { get; init; }
}

/// <summary>Exams of an evaluation, each with one label.</summary>
public sealed record ExamCounts(int Training, int Test);

/// <summary>One figure: a protocol at one setting on one kind of features.</summary>
/// <param name="Protocol">Of <see cref="EvaluationProtocol"/>.</param>
/// <param name="Setting">What of the protocol's settings it is of: <c>k=20</c>, <c>2 labels</c>, <c>1 %</c>, <c>all labels</c>, <c>axial mean</c>, <c>fused attention</c>, <c>axial max, 5 a class</c>.</param>
/// <param name="Metric"><c>accuracy</c>, <c>mAP</c> or <c>mIoU</c>; of exams <c>accuracy</c>, <c>AUC</c>, <c>sensitivity</c> and <c>specificity</c>.</param>
/// <param name="Network">Whose features: <c>pixels</c>, <c>random</c> (the network as initialized) or <c>pretrained</c>.</param>
/// <param name="Value">0–1; of several draws the mean.</param>
/// <param name="Draws">Of labeled samples, each value by itself; empty where all are labeled.</param>
/// <param name="Low">Lower end of the 95 % bootstrap interval over test exams; null of samples, and of several draws.</param>
/// <param name="High">Its upper end.</param>
public sealed record EvaluationFigure(
    EvaluationProtocol Protocol,
    string Setting,
    string Metric,
    JudgedFeatures Network,
    double Value,
    IReadOnlyList<double> Draws,
    double? Low = null,
    double? High = null
)
{
    /// <summary>Over the draws, divisor n − 1; null for fewer than two.</summary>
    public double? Deviation =>
        Draws.Count > 1 ? Math.Sqrt(Draws.Sum(d => (d - Draws.Average()) * (d - Draws.Average())) / (Draws.Count - 1)) : null;
}

/// <summary>Whose features a figure is of.</summary>
public enum JudgedFeatures
{
    Pixels,
    Random,
    Pretrained,
}
