using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Shared.Protocol;

/// <summary>Key of the errand that judges a checkpoint as somebody asked for: <c>evaluate-STEP-HASH@RUN</c>, which no evaluation at a run's end (<c>RUN/…</c>) looks like.</summary>
/// <param name="Step">Completed steps of the checkpoint.</param>
/// <param name="Hash">8 hex digits of the checkpoint's digest, hashed, and 8 of how it is judged: a checkpoint that a run has gone back from is another one than that which takes its place.</param>
public readonly record struct EvaluationErrandKey(string Run, long Step, string Hash)
{
    private const string Prefix = "evaluate-";

    /// <param name="digest">stateSha256 of the checkpoint.</param>
    /// <param name="evaluation">Hash of how it is judged.</param>
    public static EvaluationErrandKey Of(string run, long step, string digest, string evaluation) =>
        new(run, step, Short(digest) + evaluation[..8]);

    /// <summary>Whether it is of that checkpoint.</summary>
    public bool IsOf(long step, string digest) => Step == step && Hash.StartsWith(Short(digest), StringComparison.Ordinal);

    /// <summary><c>STEP-HASH</c>: names it among those of its run.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"{Step}-{Hash}");

    public override string ToString() => $"{Prefix}{Name}@{Run}";

    private static string Short(string digest) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(digest)))[..8];

    /// <summary>Null for any other key.</summary>
    public static EvaluationErrandKey? Parse(string? key) =>
        key is not null
        && key.StartsWith(Prefix, StringComparison.Ordinal)
        && key[Prefix.Length..].Split('@') is [var name, { Length: > 0 } run]
        && name.Split('-') is [var step, { Length: > 0 } hash]
        && long.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new EvaluationErrandKey(run, number, hash)
            : null;
}
