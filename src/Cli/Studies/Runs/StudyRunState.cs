using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Studies.Runs;

/// <summary>How one run of a study stands.</summary>
public sealed record StudyRunState
{
    /// <summary>Tries that may fail, of a run and of an evaluation.</summary>
    public const int MostFailures = 3;

    public required string Cell { get; init; }
    public required ulong Seed { get; init; }
    public required string SpecSha256 { get; init; }

    /// <summary>From 1; a run that failed or was canceled is submitted again under the next.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>Attempts that failed since the study was last told to try.</summary>
    public int Failures { get; init; }

    /// <summary>Id of the attempt's run; null before it is submitted.</summary>
    public string? Run { get; init; }
    public RunPhase? Phase { get; init; }
    public string Reason { get; init; } = "";

    /// <summary>In the order of the plan's; empty before the run has completed.</summary>
    public IReadOnlyList<StudyEvaluationState> Evaluations { get; init; } = [];

    /// <summary>Null before everything of the run is known.</summary>
    public StudyCost? Cost { get; init; }
    public LossCurve? Losses { get; init; }

    /// <summary>Whether no attempt is left.</summary>
    public bool HasFailed => Failures >= MostFailures;

    /// <summary>Whether nothing is to be done any more.</summary>
    public bool IsSettled => HasFailed || Cost is not null;

    /// <summary>Why it is missing from the report, wholly or in part; null where nothing is.</summary>
    public string? Failure =>
        HasFailed ? $"{Reason} ({Failures} attempts)"
        : Evaluations.FirstOrDefault(e => e.HasFailed) is { } evaluation ? $"evaluation {evaluation.Name}: {evaluation.Reason}"
        : null;

    /// <summary>With new tries for what failed.</summary>
    public StudyRunState Again() =>
        HasFailed ? this with { Attempt = Attempt + 1, Failures = 0, Run = null, Phase = null, Reason = "" }
        : Evaluations.Any(e => e.HasFailed)
            ? this with
            {
                Cost = null,
                Evaluations = [.. Evaluations.Select(e => e.HasFailed ? e with { Failures = 0, Key = null, Phase = null } : e)],
            }
        : this;
}

/// <summary>How one evaluation of a run stands.</summary>
/// <param name="Name">Of the study's evaluation.</param>
/// <param name="Baselines">Whether it judges pixels and the network as initialized too.</param>
/// <param name="Key">Null before it was asked for.</param>
/// <param name="Result">Once it is done.</param>
public sealed record StudyEvaluationState(
    string Name,
    bool Baselines,
    string? Key = null,
    ErrandPhase? Phase = null,
    string Reason = "",
    int Failures = 0,
    Orchestrator.Shared.Evaluations.EvaluationResult? Result = null
)
{
    /// <summary>Whether no try is left.</summary>
    public bool HasFailed => Failures >= StudyRunState.MostFailures;

    /// <summary>Whether nothing is to be done any more.</summary>
    public bool IsSettled => Result is not null || HasFailed;
}
