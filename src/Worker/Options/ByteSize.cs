using System.Globalization;
using System.Text.RegularExpressions;

namespace Orchestrator.Worker.Options;

/// <summary>A size as people write it: <c>10 GiB</c>, <c>512MiB</c>, <c>0</c>.</summary>
internal static partial class ByteSize
{
    public const string Form = "must be a whole number with MiB, GiB or TiB (10 GiB), or 0";

    // More than any disk: a thousand TiB.
    private const long Most = 1L << 50;

    /// <returns>Bytes; null where the text is no size.</returns>
    public static long? Parse(string text)
    {
        if (text == "0")
        {
            return 0;
        }

        var match = Sizes().Match(text);
        if (!match.Success || !long.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return null;
        }

        var unit = match.Groups[2].Value switch
        {
            "MiB" => 1L << 20,
            "GiB" => 1L << 30,
            _ => 1L << 40,
        };
        return number <= Most / unit ? number * unit : null;
    }

    [GeneratedRegex("^([0-9]+) ?(MiB|GiB|TiB)$")]
    private static partial Regex Sizes();
}
