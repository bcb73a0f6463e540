using System.Globalization;

namespace Orchestrator.Shared.Protocol;

/// <summary>Key of the errand that computes a step again: <c>verify-STEP@RUN</c>, which no evaluation's key (<c>RUN/…</c>) looks like.</summary>
/// <param name="Step">0-based index of the step.</param>
public readonly record struct VerificationKey(string Run, long Step)
{
    private const string Prefix = "verify-";

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Step}@{Run}");

    /// <summary>Null for any other key.</summary>
    public static VerificationKey? Parse(string? key) =>
        key is not null
        && key.StartsWith(Prefix, StringComparison.Ordinal)
        && key[Prefix.Length..].Split('@') is [var step, { Length: > 0 } run]
        && long.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new VerificationKey(run, number)
            : null;
}
