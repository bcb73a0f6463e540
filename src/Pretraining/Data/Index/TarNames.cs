using System.Globalization;
using System.IO.Enumeration;
using System.Text.RegularExpressions;
using Orchestrator.Pretraining.Data.Storage;

namespace Orchestrator.Pretraining.Data.Index;

/// <summary>
/// The tar files that a pattern names: one path, <c>*</c> and <c>?</c> in its last part, or braces as WebDataset writes them,
/// <c>train-{000..123}.tar</c> or <c>{train,extra}.tar</c>.
/// </summary>
internal static partial class TarNames
{
    // A longer range is a slip of the pen.
    private const int MostNames = 100_000;

    /// <summary>A source with this name is a pattern of tar files.</summary>
    public static bool IsPattern(string source) => source.EndsWith(".tar", StringComparison.OrdinalIgnoreCase);

    /// <summary>The files, in ordinal order of their paths relative to the data root.</summary>
    /// <param name="key">The spec's field.</param>
    /// <exception cref="DataException">A file of the pattern is missing, or nothing matches it.</exception>
    public static IReadOnlyList<string> Find(IDataStore store, string pattern, string key)
    {
        var names = Expand(pattern, key);
        string[] found = [.. names.SelectMany(name => name.AsSpan().ContainsAny('*', '?') ? Matching(store, name, key) : [name])];
        if (found.Length == 0)
        {
            throw new DataException($"{key} '{pattern}' matches no file in the data root '{store.Name}'");
        }

        var missing = found.Where(name => store.KindOf(name, key) != StoredKind.File).ToArray();
        return missing.Length == 0
            ? [.. found.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]
            : throw new DataException(
                $"{key} '{pattern}': '{missing[0]}' does not exist in the data root '{store.Name}' ({missing.Length} of {found.Length} files are missing)"
            );
    }

    /// <summary>Writes the braces of a pattern out.</summary>
    /// <exception cref="DataException">A brace is not closed, or a range is no range.</exception>
    public static IReadOnlyList<string> Expand(string pattern, string key)
    {
        var open = pattern.IndexOf('{');
        var close = open < 0 ? -1 : pattern.IndexOf('}', open);
        if (open < 0 && !pattern.Contains('}'))
        {
            return [pattern];
        }

        if (close < 0)
        {
            throw new DataException($"{key} '{pattern}' has a brace without its partner; right is name-{{000..123}}.tar");
        }

        var (before, after) = (pattern[..open], pattern[(close + 1)..]);
        var rest = Expand(after, key);
        string[] names =
        [
            .. Choices(pattern, pattern[(open + 1)..close], key).SelectMany(choice => rest.Select(end => before + choice + end)),
        ];
        return names.Length <= MostNames
            ? names
            : throw new DataException($"{key} '{pattern}' names {names.Length} files; at most {MostNames}");
    }

    private static IEnumerable<string> Choices(string pattern, string inside, string key)
    {
        if (inside.Contains(','))
        {
            return inside.Split(',');
        }

        var range = RangePattern().Match(inside);
        if (
            !range.Success
            || !int.TryParse(range.Groups["low"].ValueSpan, CultureInfo.InvariantCulture, out var low)
            || !int.TryParse(range.Groups["high"].ValueSpan, CultureInfo.InvariantCulture, out var high)
            || high < low
            || high - low >= MostNames
        )
        {
            throw new DataException(
                $"{key} '{pattern}' has '{{{inside}}}', which is neither a rising range such as {{000..123}} nor a list such as {{train,extra}}"
            );
        }

        // As many digits as the lower end is written with.
        var format = $"D{range.Groups["low"].Length}";
        return Enumerable.Range(low, high - low + 1).Select(number => number.ToString(format, CultureInfo.InvariantCulture));
    }

    private static IEnumerable<string> Matching(IDataStore store, string pattern, string key)
    {
        var slash = pattern.LastIndexOf('/');
        var (folder, name) = slash < 0 ? ("", pattern) : (pattern[..slash], pattern[(slash + 1)..]);
        if (folder.AsSpan().ContainsAny('*', '?'))
        {
            throw new DataException($"{key} '{pattern}' has * or ? in a folder's name; they may stand in the last part only");
        }

        if (folder.Length > 0 && store.KindOf(folder, key) != StoredKind.Folder)
        {
            throw new DataException($"{key} '{pattern}': there is no folder '{folder}' in the data root '{store.Name}'");
        }

        return store
            .List(folder)
            .Files.Where(file => !file.Path.Contains('/') && FileSystemName.MatchesSimpleExpression(name, file.Path, ignoreCase: false))
            .Select(file => folder.Length == 0 ? file.Path : $"{folder}/{file.Path}");
    }

    [GeneratedRegex(@"^(?<low>\d+)\.\.(?<high>\d+)$", RegexOptions.NonBacktracking)]
    private static partial Regex RangePattern();
}
