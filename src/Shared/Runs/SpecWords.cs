using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.Shared.Runs;

/// <summary>The spelling of enum values in specs, in the API and on the command line: kebab-case.</summary>
public static class SpecWords
{
    /// <summary><c>MimClustering</c> is written <c>mim-clustering</c>, unless the value has a name of its own for JSON.</summary>
    public static string Word<T>(T value)
        where T : struct, Enum => Spelling<T>.Words.TryGetValue(value, out var word) ? word : Spell(value);

    /// <summary>The value that is written so; null: none is.</summary>
    public static T? Value<T>(string word)
        where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
        {
            if (string.Equals(Word(value), word, StringComparison.Ordinal))
            {
                return value;
            }
        }

        return null;
    }

    private static string Spell<T>(T value)
        where T : struct, Enum =>
        typeof(T).GetField(value.ToString())?.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name
        ?? JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    /// <summary>Edit distance of two words, for "did you mean".</summary>
    public static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substitution = diagonal + (char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substitution, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }

    // Looked up once: a coordinator spells thousands of them a second.
    private static class Spelling<T>
        where T : struct, Enum
    {
        public static readonly FrozenDictionary<T, string> Words = Enum.GetValues<T>()
            .Distinct()
            .ToFrozenDictionary(value => value, value => Spell(value));
    }
}
