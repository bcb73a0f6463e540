using System.Globalization;

namespace Orchestrator.Benchmarks;

/// <summary>The words behind a benchmark's name: options with a value each, and flags. Each is taken out by who knows it; <see cref="End"/> refuses what is left.</summary>
internal sealed class BenchmarkWords
{
    private readonly Dictionary<string, string> given = new(StringComparer.Ordinal);

    /// <param name="flags">Options without a value.</param>
    /// <exception cref="BadWordsException">An option lacks its value.</exception>
    public BenchmarkWords(IReadOnlyList<string> words, params IReadOnlyCollection<string> flags)
    {
        for (var i = 0; i < words.Count; i++)
        {
            given[words[i]] =
                flags.Contains(words[i], StringComparer.Ordinal) ? ""
                : i + 1 < words.Count ? words[++i]
                : throw new BadWordsException($"{words[i]} needs a value.");
        }
    }

    public bool Flag(string name) => given.Remove(name);

    /// <summary>Null where it was not given.</summary>
    public string? Text(string name) => given.Remove(name, out var value) ? value : null;

    /// <summary>One of the choices, the first of which is meant where none is given.</summary>
    /// <exception cref="BadWordsException">It is another word.</exception>
    public string Choice(string name, params IReadOnlyList<string> choices)
    {
        var value = Text(name) ?? choices[0];
        return choices.Contains(value, StringComparer.Ordinal)
            ? value
            : throw new BadWordsException($"{name} is '{value}'; one of {string.Join(", ", choices)} was expected.");
    }

    /// <summary>Null where it was not given.</summary>
    /// <exception cref="BadWordsException">It is no such number.</exception>
    public int? Whole(string name, int least, int most) =>
        Text(name) is not { } value ? null
        : int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
        : throw new BadWordsException($"{name} is '{value}'; a whole number from {least} to {most} was expected.");

    /// <summary>Null where it was not given.</summary>
    /// <exception cref="BadWordsException">It is no number above 0 and up to <paramref name="most"/>.</exception>
    public double? Number(string name, double most) =>
        Text(name) is not { } value ? null
        : double.TryParse(value, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= most ? number
        : throw new BadWordsException($"{name} is '{value}'; a number above 0 and up to {most} was expected.");

    /// <param name="expected">The options that there are.</param>
    /// <exception cref="BadWordsException">A word was taken by nobody.</exception>
    public void End(string expected)
    {
        if (given.Count > 0)
        {
            throw new BadWordsException($"'{given.Keys.First()}' is unknown; {expected} were expected.");
        }
    }
}

/// <summary>A benchmark was called with words that it does not know.</summary>
internal sealed class BadWordsException(string message) : Exception(message);
