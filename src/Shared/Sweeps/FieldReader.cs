using System.Text.Json.Nodes;
using Orchestrator.Shared.Runs;
using YamlDotNet.RepresentationModel;

namespace Orchestrator.Shared.Sweeps;

/// <summary>Reads the section <c>fields</c> of a sweep.</summary>
internal static class FieldReader
{
    private const double Largest = 1e300;

    private static readonly IReadOnlyDictionary<string, string> Taken = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["apiVersion"] = "is the same for all trials",
        ["name"] = "is the sweep's own: its runs are named NAME-TRIAL",
        ["project"] = "is the same for all trials: say it in spec",
        ["priority"] = "is the same for all trials: say it in spec",
    };

    /// <param name="spec">What trials begin with.</param>
    /// <returns>In ordinal order of their paths.</returns>
    public static IReadOnlyList<SweepField> Read(SpecReader reader, SweepSearch search, JsonObject spec, List<SpecError> errors)
    {
        var section = reader.Mapping("fields");
        var fields = new List<SweepField>();
        foreach (var path in section.Keys)
        {
            if (Problem(path, section.Keys, spec) is { } problem)
            {
                section.Node(path);
                section.Fail(path, problem);
            }
            else if (Field(section, path, search) is { } field)
            {
                fields.Add(field);
            }
        }

        if (section.Keys.Count is 0 or > SweepSpec.MostFields)
        {
            errors.Add(
                new SpecError("fields", null, $"must name 1 to {SweepSpec.MostFields} fields, as in {{ seed: {{ values: [0, 1, 2] }} }}")
            );
        }

        return [.. fields.OrderBy(field => field.Path, StringComparer.Ordinal)];
    }

    private static string? Problem(string path, IReadOnlyList<string> all, JsonObject spec)
    {
        if (path.Split('.').Any(key => key.Length == 0 || key.Any(c => !char.IsAsciiLetterOrDigit(c))))
        {
            return "must be keys of a spec joined by dots; a list is varied whole: { values: [[0.1, 0.3], [0.4, 0.6]] }";
        }

        if (Taken.TryGetValue(path, out var taken))
        {
            return taken;
        }

        if (all.FirstOrDefault(other => path.StartsWith($"{other}.", StringComparison.Ordinal)) is { } outer)
        {
            return $"lies within {outer}, which is a field too";
        }

        return SpecTree.Set(spec.DeepClone().AsObject(), path, null) is { } at
            ? $"spec.{at} is no mapping of keys to values: write out there what {path[(at.Length + 1)..]} is a key of"
            : null;
    }

    private static SweepField? Field(SpecReader section, string path, SweepSearch search)
    {
        var reader = section.Mapping(path);
        FieldKind[] kinds = [.. Enum.GetValues<FieldKind>().Where(kind => reader.Has(SweepSpecJson.KeyOf(kind)))];
        if (kinds is not [var kind])
        {
            foreach (var known in Enum.GetValues<FieldKind>())
            {
                reader.Node(SweepSpecJson.KeyOf(known));
            }

            reader.End();
            section.Fail(path, "must have one of values: [a, b, …], uniform: [low, high], logUniform: [low, high], integer: [low, high]");
            return null;
        }

        var key = SweepSpecJson.KeyOf(kind);
        var field = kind == FieldKind.Values ? Values(reader, path, key) : Range(reader, path, kind, key);
        reader.End();
        if (search == SweepSearch.Grid && kind != FieldKind.Values)
        {
            reader.Fail(key, "a grid has values: [a, b, …]; ranges are for random and asha");
            return null;
        }

        return field;
    }

    private static SweepField? Values(SpecReader reader, string path, string key)
    {
        if (reader.Node(key) is not YamlSequenceNode { Children.Count: >= 1 and <= SweepSpec.MostTrials } list)
        {
            reader.Fail(key, $"must be a list of 1 to {SweepSpec.MostTrials} values");
            return null;
        }

        string[] values = [.. list.Children.Select(node => SpecTree.Of(node)?.ToJsonString(RunSpecJson.Options) ?? "null")];
        if (values.Distinct(StringComparer.Ordinal).Count() < values.Length)
        {
            reader.Fail(key, "must have each value once");
            return null;
        }

        return new SweepField(path, FieldKind.Values, values, 0, 0);
    }

    private static SweepField? Range(SpecReader reader, string path, FieldKind kind, string key)
    {
        IReadOnlyList<double>? bounds =
            kind == FieldKind.Integer
                ? reader.Integers(key, -1_000_000_000, 1_000_000_000)?.Select(number => (double)number).ToList()
                : reader.Numbers(key, -Largest, Largest);
        if (bounds is null)
        {
            return null;
        }

        if (bounds is not [var low, var high] || low >= high)
        {
            reader.Fail(key, "must be a pair [low, high], the first below the second");
            return null;
        }

        if (kind == FieldKind.LogUniform && low < 1 / Largest)
        {
            reader.Fail(key, "must be a pair of positive numbers: their logarithms are drawn between");
            return null;
        }

        return new SweepField(path, kind, [], low, high);
    }
}
