using System.Text.Json.Nodes;

namespace Orchestrator.Cli.Studies.Plans;

/// <summary>One <c>--vary PATH=V1,V2,…</c>.</summary>
/// <param name="Path">Keys joined by dots.</param>
/// <param name="Values">YAML values, each once.</param>
public sealed record Variation(string Path, IReadOnlyList<JsonNode?> Values)
{
    private static readonly string[] Taken = ["name", "seed", "probes", "evaluations", "apiVersion"];

    /// <summary>The path's last key.</summary>
    public string Key => Path[(Path.LastIndexOf('.') + 1)..];

    /// <exception cref="CliException">It is none.</exception>
    public static Variation Parse(string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        var path = at < 0 ? "" : text[..at].Trim();
        if (path.Length == 0 || path.Split('.').Any(key => key.Length == 0 || key.Any(c => !char.IsAsciiLetterOrDigit(c))))
        {
            throw CliException.BadInput(
                $"--vary {text}: must be PATH=V1,V2,…",
                "a path is keys of a spec joined by dots; a list has brackets",
                "as in --vary options.corruption.area=[0.1,0.3],[0.4,0.6]"
            );
        }

        if (Taken.Contains(path, StringComparer.Ordinal))
        {
            throw CliException.BadInput(
                $"--vary {path}: is the study's own",
                "names, seeds and evaluations are the same for every cell",
                "seeds are varied by --seeds N"
            );
        }

        var values = SpecDocument.Values($"--vary {path}", text[(at + 1)..]);
        return values.Select(Word).Distinct(StringComparer.Ordinal).Count() == values.Count
            ? new Variation(path, values)
            : throw CliException.BadInput($"--vary {text}: a value stands twice");
    }

    /// <summary>A value as it is shown: without quotes.</summary>
    public static string Word(JsonNode? value) =>
        value switch
        {
            null => "null",
            JsonArray list => $"[{string.Join(',', list.Select(Word))}]",
            JsonObject mapping => $"{{{string.Join(',', mapping.Select(pair => $"{pair.Key}:{Word(pair.Value)}"))}}}",
            _ => value.ToString(),
        };
}
