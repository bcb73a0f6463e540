using System.Globalization;
using Orchestrator.Pretraining.Data.Storage;

namespace Orchestrator.Worker.Commands;

/// <summary>Arguments of <c>data VERB SPEC</c>.</summary>
/// <param name="Samples">How many samples to measure or show; null: the verb's default.</param>
internal sealed record DataArguments(string Verb, string Spec, DataLocation Data, string? Out, int? Samples)
{
    public const string Usage =
        $"usage: data check SPEC {DataPlaceArguments.Usage} | data stats SPEC [--samples N] … | data show SPEC --out FILE.png [--samples N] …";

    private const int MostSamples = 100_000_000;

    /// <summary>Reads the arguments behind <c>data</c>.</summary>
    /// <returns>The arguments, or everything that is wrong with them.</returns>
    public static (DataArguments? Arguments, IReadOnlyList<string> Problems) Parse(IReadOnlyList<string> words)
    {
        var problems = new List<string>();
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        var plain = new List<string>();
        for (var i = 0; i < words.Count; i++)
        {
            switch (words[i])
            {
                case "--out" or "--samples" when i + 1 < words.Count:
                    options[words[i]] = words[++i];
                    break;
                case var word when DataPlaceArguments.Names.Contains(word) && i + 1 < words.Count:
                    options[word] = words[++i];
                    break;
                case var word when word.StartsWith("--", StringComparison.Ordinal):
                    problems.Add($"{word}: is no option, or lacks its value");
                    break;
                case var word:
                    plain.Add(word);
                    break;
            }
        }

        if (plain is not ["check" or "stats" or "show", _])
        {
            problems.Add("VERB SPEC: check, stats or show, and a run spec's file");
            return (null, problems);
        }

        var (verb, spec) = (plain[0], plain[1]);
        var samples = ReadSamples(options, problems);
        if (verb == "check" && samples is not null)
        {
            problems.Add("--samples: check reads every sample");
        }

        if (verb == "show" != options.ContainsKey("--out"))
        {
            problems.Add(verb == "show" ? "--out: is missing, a PNG file" : "--out: is for show");
        }

        var data = DataPlaceArguments.Read(options, spec, problems);
        return problems.Count > 0
            ? (null, problems)
            : (new DataArguments(verb, spec, data, options.GetValueOrDefault("--out"), samples), problems);
    }

    private static int? ReadSamples(Dictionary<string, string> options, List<string> problems)
    {
        if (!options.TryGetValue("--samples", out var text))
        {
            return null;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value is >= 1 and <= MostSamples)
        {
            return value;
        }

        problems.Add($"--samples: {text} – must be a whole number from 1 to {MostSamples}");
        return null;
    }
}
