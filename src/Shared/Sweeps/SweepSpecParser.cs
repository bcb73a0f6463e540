using System.Text.Json.Nodes;
using Orchestrator.Shared.Runs;
using YamlDotNet.RepresentationModel;

namespace Orchestrator.Shared.Sweeps;

/// <summary>
/// Reads a sweep from YAML or JSON and checks it whole, every trial's spec with it: a combination that makes no valid run refuses the sweep. All errors are
/// reported together, each with its path and what would be right.
/// </summary>
public static class SweepSpecParser
{
    /// <summary>Longest spec of a sweep, as JSON: it is resolved once for each trial.</summary>
    public const int LongestSpec = 16 * 1024;

    private const int UsualParallel = 4;

    public static SweepResult Parse(string document)
    {
        var errors = new List<SpecError>();
        if (ReadDocument(document, errors) is not { } read || errors.Count > 0)
        {
            return new SweepResult(null, errors);
        }

        var trials = SweepTrials.Of(read.Spec);
        var specs = trials.Select(trial => (Trial: trial, Result: SweepTrials.Resolve(read.Spec, trial))).ToList();
        errors.AddRange(TrialErrors.Of(read.Spec, specs));
        if (errors.Count > 0)
        {
            return new SweepResult(null, errors);
        }

        var spec = read.Spec.Search == SweepSearch.Asha ? HalvingReader.Resolve(read.Spec, read.MinSteps, specs, errors) : read.Spec;
        if (SweepSpecJson.Write(spec).Length > RunSpecParser.MaxLength)
        {
            errors.Add(new SpecError("(document)", null, $"a sweep has at most {RunSpecParser.MaxLength} characters, written out as JSON"));
        }

        return new SweepResult(errors.Count == 0 ? spec : null, errors);
    }

    /// <summary>Reads what <see cref="SweepSpecJson"/> wrote; its trials were valid then, and are not looked at again.</summary>
    public static SweepResult ReadBack(string document)
    {
        var errors = new List<SpecError>();
        var read = ReadDocument(document, errors);
        return new SweepResult(errors.Count == 0 ? read?.Spec : null, errors);
    }

    private static (SweepSpec Spec, int? MinSteps)? ReadDocument(string document, List<SpecError> errors)
    {
        if (SpecRoot.Read(document, "a sweep", "spec, search and fields", errors) is not { } root)
        {
            return null;
        }

        var reader = new SpecReader(root, "", errors);
        if (reader.Text("apiVersion", RunSpec.Version) != RunSpec.Version)
        {
            reader.Fail("apiVersion", $"must be {RunSpec.Version}");
        }

        var name = reader.Text("name", "sweep", SweepSpec.LongestName)!;
        var spec = ReadSpec(reader);
        var search = ReadSearch(reader);
        var fields = FieldReader.Read(reader, search, spec, errors);
        var trials = search == SweepSearch.Grid ? Product(reader, fields) : reader.Integer("trials", 0, 1, SweepSpec.MostTrials);
        if (search != SweepSearch.Grid && !reader.Has("trials"))
        {
            reader.Fail("trials", $"is missing: how many are drawn, 1 to {SweepSpec.MostTrials}");
        }

        foreach (var key in search == SweepSearch.Grid ? (string[])["trials", "seed"] : [])
        {
            if (reader.Node(key) is not null)
            {
                reader.Fail(key, "a grid draws nothing: it has every combination of its fields' values");
            }
        }

        var (asha, minSteps) = HalvingReader.Read(reader, search);
        var read = new SweepSpec
        {
            Name = name,
            DocumentJson = spec.ToJsonString(RunSpecJson.Options),
            Search = search,
            Fields = fields,
            Trials = trials,
            Seed = search == SweepSearch.Grid ? 0 : reader.Seed("seed", 0),
            Parallel = reader.Integer("parallel", UsualParallel, 1, SweepSpec.MostParallel),
            Metric = reader.Text("metric", "loss", 100)!,
            Mode = reader.Choice("mode", SweepMode.Min),
            Asha = asha,
        };
        reader.End();
        if (read.DocumentJson.Length > LongestSpec)
        {
            reader.Fail("spec", $"has {read.DocumentJson.Length} characters as JSON; a sweep's has at most {LongestSpec}");
        }

        return (read, minSteps);
    }

    private static JsonObject ReadSpec(SpecReader reader)
    {
        if (reader.Node("spec") is not { } node)
        {
            reader.Fail("spec", "is missing: what POST /api/v1/runs takes, which each trial begins with");
        }
        else if (node is YamlMappingNode)
        {
            return SpecTree.Of(node)!.AsObject();
        }
        else
        {
            reader.Fail("spec", "must be a mapping of keys to values: a run's spec");
        }

        return [];
    }

    private static SweepSearch ReadSearch(SpecReader reader)
    {
        if (!reader.Has("search"))
        {
            reader.Fail("search", $"is missing; one of {string.Join(", ", Enum.GetValues<SweepSearch>().Select(s => SpecWords.Word(s)))}");
        }

        return reader.Choice("search", SweepSearch.Grid);
    }

    private static int Product(SpecReader reader, IReadOnlyList<SweepField> fields)
    {
        var trials = fields.Aggregate(1L, (product, field) => Math.Min(product * Math.Max(1, field.Values.Count), int.MaxValue));
        if (trials > SweepSpec.MostTrials)
        {
            reader.Fail(
                "fields",
                $"their values have {trials} combinations; a grid has at most {SweepSpec.MostTrials}: search random draws some"
            );
        }

        return (int)Math.Min(trials, SweepSpec.MostTrials);
    }
}
