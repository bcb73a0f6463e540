namespace Orchestrator.Shared.Runs;

/// <summary>A change, or every error that stands in its document.</summary>
public sealed record RunChangeResult(RunChange? Change, IReadOnlyList<SpecError> Errors);

/// <summary>Reads <c>{"priority":5,"workers":{"min":1,"max":4},"labels":{"team":"vision","old":null},"note":"…"}</c>, as YAML or JSON.</summary>
public static class RunChangeParser
{
    private const string Shortest = "one of priority, workers, labels, note";

    public static RunChangeResult Parse(string document)
    {
        var errors = new List<SpecError>();
        if (SpecRoot.Read(document, "a change", Shortest, errors) is not { } root)
        {
            return new RunChangeResult(null, errors);
        }

        var reader = new SpecReader(root, "", errors);
        var workers = reader.Mapping("workers");
        var change = new RunChange
        {
            Priority = reader.OptionalInteger("priority", -RunSpec.MostPriority, RunSpec.MostPriority),
            MinWorkers = workers.OptionalInteger("min", 1, RunSpec.MostWorkers),
            MaxWorkers = workers.OptionalInteger("max", 1, RunSpec.MostWorkers),
            Labels = Labels(reader.Mapping("labels")),
            Note = reader.Has("note") ? Note(reader) : null,
        };
        workers.End();
        reader.End();
        if (change.MaxWorkers < change.MinWorkers)
        {
            workers.Fail("max", $"must not be below workers.min, {change.MinWorkers}");
        }

        if (root.Children.Count == 0)
        {
            errors.Add(new SpecError("(document)", null, $"changes nothing: give {Shortest}"));
        }

        return new RunChangeResult(errors.Count == 0 ? change : null, errors);
    }

    private static SortedDictionary<string, string?> Labels(SpecReader reader)
    {
        var labels = new SortedDictionary<string, string?>(StringComparer.Ordinal);
        foreach (var key in reader.Keys)
        {
            var value = reader.Any(key);
            if (!RunLabels.IsKey(key))
            {
                reader.Fail(key, RunLabels.KeyRule);
            }
            else if (value is not null && !RunLabels.IsValue(value))
            {
                reader.Fail(key, RunLabels.ValueRule);
            }

            labels[key] = value;
        }

        return labels;
    }

    private static string Note(SpecReader reader)
    {
        var note = reader.Any("note") ?? "";
        if (note.Length > RunChange.LongestNote || note.Any(c => char.IsControl(c) && c != '\n'))
        {
            reader.Fail("note", $"must be at most {RunChange.LongestNote} characters, without control characters but line feeds");
        }

        return note;
    }
}
