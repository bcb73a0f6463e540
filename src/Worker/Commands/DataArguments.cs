using System.Globalization;
using Orchestrator.Pretraining.Data.Storage;

namespace Orchestrator.Worker.Commands;

/// <summary>Arguments of <c>data VERB SPEC</c>.</summary>
/// <param name="Samples">How many samples to measure, show or compose; null: the verb's default.</param>
/// <param name="Items">Of compose: 1 to this many a scene.</param>
/// <param name="Threshold">Of compose: what is darker does not cover, 0–1.</param>
internal sealed record DataArguments(string Verb, string Spec, DataLocation Data, string? Out, int? Samples, int Items, double Threshold)
{
    public const string Usage =
        $"usage: data check SPEC {DataPlaceArguments.Usage} | data stats SPEC [--samples N] … | data show SPEC --out FILE.png [--samples N] … | data compose SPEC --out FOLDER [--samples N] [--items N] [--threshold X] …";

    private const int MostSamples = 100_000_000;
    private const int MostItems = 100;
    private const int DefaultItems = 3;
    private const double DefaultThreshold = 0.1;

    /// <summary>Reads the arguments behind <c>data</c>.</summary>
    /// <returns>The arguments, or everything that is wrong with them.</returns>
    public static (DataArguments? Arguments, IReadOnlyList<string> Problems) Parse(IReadOnlyList<string> words)
    {
        var read = CommandWords.Read(words, ["--out", "--samples", "--items", "--threshold"], []);
        var (plain, options, problems) = read;
        if (plain is not ["check" or "stats" or "show" or "compose", _])
        {
            problems.Add("VERB SPEC: check, stats, show or compose, and a run spec's file");
            return (null, problems);
        }

        var (verb, spec) = (plain[0], plain[1]);
        var samples = read.Number("--samples", 1, MostSamples);
        if (verb == "check" && samples is not null)
        {
            problems.Add("--samples: check reads every sample");
        }

        if (verb is "show" or "compose" != options.ContainsKey("--out"))
        {
            problems.Add(
                verb == "show" ? "--out: is missing, a PNG file"
                : verb == "compose" ? "--out: is missing, a new folder"
                : "--out: is for show and compose"
            );
        }

        foreach (var option in verb == "compose" ? [] : options.Keys.Where(key => key is "--items" or "--threshold"))
        {
            problems.Add($"{option}: is for compose");
        }

        var items = read.Number("--items", 1, MostItems) ?? DefaultItems;
        var threshold = DefaultThreshold;
        if (
            options.TryGetValue("--threshold", out var text)
            && !(double.TryParse(text, CultureInfo.InvariantCulture, out threshold) && threshold is >= 0 and <= 1)
        )
        {
            problems.Add($"--threshold: {text} – must be a number from 0 to 1");
        }

        var data = DataPlaceArguments.Read(options, spec, problems);
        return problems.Count > 0
            ? (null, problems)
            : (new DataArguments(verb, spec, data, options.GetValueOrDefault("--out"), samples, items, threshold), problems);
    }
}
