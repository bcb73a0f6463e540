namespace Orchestrator.Shared.Runs;

/// <summary>What a label of a run may be. Labels find runs again; nothing follows from them, and they show in no bits.</summary>
public static class RunLabels
{
    /// <summary>Most labels of one run.</summary>
    public const int Most = 32;

    public const string KeyRule = "a label's key must be 1 to 63 of A–Z a–z 0–9 . _ - /";
    public const string ValueRule = "a label's value must be at most 256 characters, without control characters";
    private const int LongestKey = 63;
    private const int LongestValue = 256;

    public static bool IsKey(string text) =>
        text.Length is >= 1 and <= LongestKey && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/');

    public static bool IsValue(string text) => text.Length <= LongestValue && !text.Any(char.IsControl);

    /// <summary>Labels as an address or an option has them, <c>team=vision</c>, each key once; or what is wrong.</summary>
    public static (IReadOnlyDictionary<string, string>? Labels, string? Problem) Read(IReadOnlyList<string> texts)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var at = text.IndexOf('=', StringComparison.Ordinal);
            var (key, value) = at < 0 ? (text, "") : (text[..at], text[(at + 1)..]);
            var problem =
                at < 0 ? "must be key=value"
                : !IsKey(key) ? KeyRule
                : !IsValue(value) ? ValueRule
                : labels.TryAdd(key, value) || labels[key] == value ? null
                : $"{key} stands twice with different values";
            if (problem is not null)
            {
                return (null, $"label: {text} – {problem}.");
            }
        }

        return labels.Count > Most ? (null, $"label: {labels.Count} of them – a run has at most {Most}.") : (labels, null);
    }
}
