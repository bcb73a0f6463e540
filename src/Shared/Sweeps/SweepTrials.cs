using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Shared.Randomness;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Shared.Sweeps;

/// <summary>The trials of a sweep: which values each has, and the run spec that they make. Functions of the sweep's spec alone.</summary>
public static class SweepTrials
{
    // As a person would write it: a sweep says nothing about the seventh digit of a learning rate.
    private const string Digits = "G6";

    /// <summary>All of them, by number.</summary>
    public static IReadOnlyList<SweepTrial> Of(SweepSpec spec) =>
        [
            .. Enumerable
                .Range(0, spec.Trials)
                .Select(trial => spec.Search == SweepSearch.Grid ? Combination(spec, trial) : Drawn(spec, trial)),
        ];

    /// <summary>The run that a trial is: the spec with the trial's values, named after sweep and trial.</summary>
    public static SpecResult Resolve(SweepSpec spec, SweepTrial trial)
    {
        var document = JsonNode.Parse(spec.DocumentJson)!.AsObject();
        document["name"] = $"{spec.Name}-{trial.Number}";
        foreach (var value in trial.Values)
        {
            SpecTree.Set(document, value.Path, JsonNode.Parse(value.Json));
        }

        return RunSpecParser.Parse(document.ToJsonString(RunSpecJson.Options));
    }

    /// <summary>The last field varies fastest.</summary>
    private static SweepTrial Combination(SweepSpec spec, int trial)
    {
        var rest = trial;
        var values = new TrialValue[spec.Fields.Count];
        for (var i = spec.Fields.Count - 1; i >= 0; i--)
        {
            var field = spec.Fields[i];
            values[i] = new TrialValue(field.Path, field.Values[rest % field.Values.Count]);
            rest /= field.Values.Count;
        }

        return new SweepTrial(trial, values);
    }

    private static SweepTrial Drawn(SweepSpec spec, int trial) =>
        new(trial, [.. spec.Fields.Select((field, index) => new TrialValue(field.Path, Draw(spec.Seed, trial, field, index)))]);

    private static string Draw(ulong seed, int trial, SweepField field, int index)
    {
        var stream = new PhiloxStream(seed, DrawPurpose.SweepTrial, sample: trial, view: index);
        return field.Kind switch
        {
            FieldKind.Values => field.Values[stream.NextInt32(field.Values.Count)],
            FieldKind.Integer => ((long)field.Low + stream.NextInt32((int)(field.High - field.Low) + 1)).ToString(
                CultureInfo.InvariantCulture
            ),
            FieldKind.Uniform => Rounded(stream.NextDouble(field.Low, field.High), field),
            _ => Rounded(
                DeterministicMath.Exp(stream.NextDouble(DeterministicMath.Log(field.Low), DeterministicMath.Log(field.High))),
                field
            ),
        };
    }

    /// <summary>Within the range, though rounding would leave it.</summary>
    private static string Rounded(double drawn, SweepField field)
    {
        var rounded = double.Parse(drawn.ToString(Digits, CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return Math.Clamp(rounded, field.Low, field.High).ToString("R", CultureInfo.InvariantCulture);
    }
}
