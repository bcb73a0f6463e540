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
        var read = CommandWords.Read(words, ["--out", "--samples"], []);
        var (plain, options, problems) = read;
        if (plain is not ["check" or "stats" or "show", _])
        {
            problems.Add("VERB SPEC: check, stats or show, and a run spec's file");
            return (null, problems);
        }

        var (verb, spec) = (plain[0], plain[1]);
        var samples = read.Number("--samples", 1, MostSamples);
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
}
