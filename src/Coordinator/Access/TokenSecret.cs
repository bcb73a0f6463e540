using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Coordinator.Access;

/// <summary>
/// What a client sends: <c>orch_ID_SECRET</c>. The id (50 random bits) finds the token and may be shown; the secret (256 random bits) is compared by its
/// hash, in constant time, and stands nowhere.
/// </summary>
/// <param name="Id">10 of a–z 2–7.</param>
/// <param name="Secret">43 characters of base64url.</param>
public sealed record TokenSecret(string Id, string Secret)
{
    private const string Prefix = "orch_";
    private const string Letters = "abcdefghijklmnopqrstuvwxyz234567";
    private static readonly SearchValues<char> IdLetters = SearchValues.Create(Letters);
    private const int IdLength = 10;
    private const int SecretBytes = 32;
    private const int SecretLength = 43;

    public string Sha256 => Hash(Secret);

    public static TokenSecret New() =>
        new(RandomNumberGenerator.GetString(Letters, IdLength), Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes)));

    /// <summary>Whether it has a token's form.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out TokenSecret? secret)
    {
        var from = Prefix.Length + IdLength;
        var hasForm =
            text.Length == from + 1 + SecretLength
            && text.StartsWith(Prefix, StringComparison.Ordinal)
            && text[from] == '_'
            && text.AsSpan(Prefix.Length, IdLength).IndexOfAnyExcept(IdLetters) < 0;
        secret = hasForm ? new TokenSecret(text.Substring(Prefix.Length, IdLength), text[(from + 1)..]) : null;
        return hasForm;
    }

    /// <summary>Lower-case hex.</summary>
    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>Takes as long whichever character differs.</summary>
    public static bool Same(string aSha256, string bSha256) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(aSha256), Encoding.ASCII.GetBytes(bSha256));

    /// <summary>What goes behind <c>Bearer</c>.</summary>
    public string Write() => $"{Prefix}{Id}_{Secret}";

    /// <summary>The id only: what is logged by mistake tells no secret.</summary>
    public override string ToString() => $"{Prefix}{Id}_…";
}
