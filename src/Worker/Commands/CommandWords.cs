using System.Globalization;

namespace Orchestrator.Worker.Commands;

/// <summary>The words behind a verb: options by name, and what is none.</summary>
/// <param name="Plain">In their order.</param>
/// <param name="Options">Values by the option's name; empty for flags.</param>
/// <param name="Problems">What is wrong so far; readers add to it.</param>
internal sealed record CommandWords(IReadOnlyList<string> Plain, IReadOnlyDictionary<string, string> Options, List<string> Problems)
{
    /// <summary>Sorts the words. The options that say where data is are known to every verb.</summary>
    /// <param name="valued">Options with a value behind them.</param>
    /// <param name="flags">Options without.</param>
    public static CommandWords Read(IReadOnlyList<string> words, string[] valued, string[] flags)
    {
        var (plain, options, problems) = (new List<string>(), new Dictionary<string, string>(StringComparer.Ordinal), new List<string>());
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i];
            if (flags.Contains(word, StringComparer.Ordinal))
            {
                options[word] = "";
            }
            else if ((valued.Contains(word, StringComparer.Ordinal) || DataPlaceArguments.Names.Contains(word)) && i + 1 < words.Count)
            {
                options[word] = words[++i];
            }
            else if (word.StartsWith("--", StringComparison.Ordinal))
            {
                problems.Add($"{word}: is no option, or lacks its value");
            }
            else
            {
                plain.Add(word);
            }
        }

        return new CommandWords(plain, options, problems);
    }

    /// <summary>A whole number; null where it is not given, or wrong.</summary>
    public int? Number(string name, int low, int high)
    {
        if (!Options.TryGetValue(name, out var text))
        {
            return null;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= low && value <= high)
        {
            return value;
        }

        Problems.Add($"{name}: {text} – must be a whole number from {low} to {high}");
        return null;
    }
}
