using System.Text.Json;
using Orchestrator.Cli.Studies.Runs;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Studies.Reports;

/// <summary>What a study found: <c>report.json</c>; the pages say the same to people.</summary>
public sealed record StudyReport
{
    /// <summary>Of the format.</summary>
    public int Version { get; init; } = 1;
    public required string Title { get; init; }

    /// <summary>What forbids conclusions; null where nothing does.</summary>
    public string? Stamp { get; init; }

    /// <summary>Path of the spec that the cells come from, and its hash.</summary>
    public required string Spec { get; init; }
    public required string SpecSha256 { get; init; }

    /// <summary>What is trained on, in words.</summary>
    public required string Data { get; init; }

    /// <summary>How long each run trains, in words.</summary>
    public required string Budget { get; init; }
    public required IReadOnlyList<ulong> Seeds { get; init; }
    public required IReadOnlyList<ReportedEvaluation> Evaluations { get; init; }
    public required IReadOnlyList<string> Cells { get; init; }
    public required IReadOnlyList<ReportedRun> Runs { get; init; }
    public required IReadOnlyList<ReportedTable> Tables { get; init; }

    /// <summary>Best first; cells without a figure are left out.</summary>
    public required IReadOnlyList<ReportedRank> Ranks { get; init; }

    /// <summary>The leading cell beside each other one, in order of rank.</summary>
    public required IReadOnlyList<ReportedTest> Tests { get; init; }

    /// <summary>Of all runs.</summary>
    public required StudyCost Cost { get; init; }
}

/// <param name="Text">Protocols, network, features, views and data in words.</param>
/// <param name="Document">As written.</param>
public sealed record ReportedEvaluation(string Name, string Text, JsonElement Document);

/// <param name="Spec">Resolved.</param>
/// <param name="Failure">Why it is missing, wholly or in part.</param>
/// <param name="Figures">By name of the evaluation, each with its draws.</param>
public sealed record ReportedRun(
    string Cell,
    ulong Seed,
    string? Run,
    RunPhase? Phase,
    int Attempt,
    string? Failure,
    string SpecSha256,
    JsonElement Spec,
    IReadOnlyDictionary<string, IReadOnlyList<EvaluationFigure>> Figures,
    StudyCost? Cost,
    LossCurve? Losses
);

/// <summary>One protocol of one evaluation.</summary>
/// <param name="Settings">The columns.</param>
public sealed record ReportedTable(
    string Evaluation,
    EvaluationProtocol Protocol,
    string Metric,
    IReadOnlyList<string> Settings,
    IReadOnlyList<ReportedRow> Rows
);

/// <param name="Network">Pretrained: a cell of the study.</param>
/// <param name="Figures">By column; null where there is none.</param>
public sealed record ReportedRow(string Name, JudgedFeatures Network, IReadOnlyList<ReportedFigure?> Figures);

/// <param name="Mean">Over seeds, 0–1.</param>
/// <param name="SeedDeviation">Over seeds; null for one.</param>
/// <param name="SplitDeviation">Over the draws of labeled samples within a seed, mean over seeds; null where all are labeled.</param>
/// <param name="BySeed">Each seed's figure.</param>
/// <param name="Best">Of the cells in its column.</param>
public sealed record ReportedFigure(
    double Mean,
    double? SeedDeviation,
    double? SplitDeviation,
    IReadOnlyDictionary<ulong, double> BySeed,
    bool Best
);

/// <param name="Mean">Over the settings in which the cell has a figure; 1 is best.</param>
public sealed record ReportedRank(string Cell, double Mean, double Best, double Worst, int Settings);

/// <summary>The leading cell beside another one.</summary>
/// <param name="Pairs">Over seeds and settings.</param>
/// <param name="Seeds">Over seeds: each seed's mean over its settings.</param>
public sealed record ReportedTest(string Leader, string Other, Statistics.PairedTest Pairs, Statistics.PairedTest Seeds);
