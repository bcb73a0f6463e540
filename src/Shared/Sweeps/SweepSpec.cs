using Orchestrator.Shared.Runs;

namespace Orchestrator.Shared.Sweeps;

/// <summary>
/// Many runs of one spec with other values of some of its fields, resolved. Which trials they are is a function of this record alone (<see cref="SweepTrials"/>).
/// Read by <see cref="SweepSpecParser"/>; written by <see cref="SweepSpecJson"/>.
/// </summary>
public sealed record SweepSpec
{
    /// <summary>Most trials of a sweep, drawn or of a grid.</summary>
    public const int MostTrials = 1000;

    public const int MostParallel = 100;
    public const int MostFields = 32;

    /// <summary>Longest name: its runs are named after it, with the trial's number.</summary>
    public const int LongestName = 90;

    public required string Name { get; init; }

    /// <summary>The spec that trials begin with, as it was written, without defaults: those that depend on a field follow it.</summary>
    public required string DocumentJson { get; init; }
    public required SweepSearch Search { get; init; }

    /// <summary>In ordinal order of their paths.</summary>
    public required IReadOnlyList<SweepField> Fields { get; init; }

    /// <summary>How many trials: of a grid the product of its fields' values.</summary>
    public required int Trials { get; init; }

    /// <summary>Key of the draws; a grid draws nothing.</summary>
    public ulong Seed { get; init; }

    /// <summary>Trials that are submitted and have not ended, at once.</summary>
    public required int Parallel { get; init; }

    /// <summary>Name of the loss term that trials are judged by.</summary>
    public required string Metric { get; init; }
    public SweepMode Mode { get; init; }

    /// <summary>Null unless <see cref="Search"/> is asha.</summary>
    public HalvingSpec? Asha { get; init; }

    /// <summary>Steps at which trials are compared; empty unless <see cref="Search"/> is asha.</summary>
    public IReadOnlyList<int> Rungs => Asha?.Rungs ?? [];
}

/// <summary>How the values of trials are found.</summary>
public enum SweepSearch
{
    /// <summary>Every combination.</summary>
    Grid,

    /// <summary>Drawn.</summary>
    Random,

    /// <summary>Drawn; trials that do badly are stopped early.</summary>
    Asha,
}

/// <summary>Which values of the metric are good.</summary>
public enum SweepMode
{
    Min,
    Max,
}

/// <summary>Asynchronous successive halving (ASHA, Li et al. 2020, arXiv:1810.05934), by stopping.</summary>
/// <param name="Rungs">Completed steps at which trials are compared, ascending, each below every trial's budget.</param>
/// <param name="Eta">The best 1/η of those that have reached a rung go on.</param>
public sealed record HalvingSpec(IReadOnlyList<int> Rungs, int Eta)
{
    public const int DefaultEta = 3;
}

/// <summary>A field of the spec that trials differ in.</summary>
/// <param name="Path">Keys joined by dots.</param>
/// <param name="Kind">Where its values come from.</param>
/// <param name="Values">As JSON; empty for a range.</param>
/// <param name="Low">Of a range, inclusive.</param>
/// <param name="High">Of a range: of <see cref="FieldKind.Integer"/> inclusive.</param>
public sealed record SweepField(string Path, FieldKind Kind, IReadOnlyList<string> Values, double Low, double High);

public enum FieldKind
{
    /// <summary>One of a list.</summary>
    Values,

    /// <summary>A number, each as likely.</summary>
    Uniform,

    /// <summary>A positive number, each order of magnitude as likely.</summary>
    LogUniform,

    /// <summary>A whole number, each as likely.</summary>
    Integer,
}

/// <summary>One combination of values.</summary>
/// <param name="Number">From 0 on, in the order of submission.</param>
public sealed record SweepTrial(int Number, IReadOnlyList<TrialValue> Values)
{
    /// <summary>As a person reads it: <c>batch.size=64, seed=1</c>.</summary>
    public override string ToString() => string.Join(", ", Values.Select(v => $"{v.Path}={v.Word}"));
}

/// <param name="Path">Of the field.</param>
/// <param name="Json">What stands there.</param>
public sealed record TrialValue(string Path, string Json)
{
    /// <summary>Without a text's quotes.</summary>
    public string Word => Json is ['"', .., '"'] ? Json[1..^1] : Json;
}

/// <summary>What a sweep's document gave: a sweep whose every trial is a valid run, or what is wrong.</summary>
public sealed record SweepResult(SweepSpec? Spec, IReadOnlyList<SpecError> Errors);
