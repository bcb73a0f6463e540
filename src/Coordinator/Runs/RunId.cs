using System.Buffers;
using System.Security.Cryptography;

namespace Orchestrator.Coordinator.Runs;

/// <summary>Names of runs: <c>r-</c> and ten lower-case base-32 characters: seven of the time (2 s), three drawn: short, sorted by submission, hard to meet twice.</summary>
public static class RunId
{
    /// <summary>What every one matches.</summary>
    public const string Pattern = "^r-[0-9a-hjkmnp-tv-z]{10}$";

    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private static readonly SearchValues<char> Characters = SearchValues.Create(Alphabet);

    public static string New(DateTimeOffset now) => New(now, 'r');

    public static bool IsValid(string text) => IsValid(text, 'r');

    /// <summary>A name of something else, which begins with another letter.</summary>
    internal static string New(DateTimeOffset now, char prefix)
    {
        Span<char> text = stackalloc char[10];
        var time = now.ToUnixTimeSeconds() / 2;
        for (var i = 6; i >= 0; i--, time /= 32)
        {
            text[i] = Alphabet[(int)(time % 32)];
        }

        for (var i = 7; i < 10; i++)
        {
            text[i] = Alphabet[RandomNumberGenerator.GetInt32(32)];
        }

        return $"{prefix}-{text}";
    }

    internal static bool IsValid(string text, char prefix) =>
        text.Length == 12 && text[0] == prefix && text[1] == '-' && text.AsSpan(2).IndexOfAnyExcept(Characters) < 0;
}
