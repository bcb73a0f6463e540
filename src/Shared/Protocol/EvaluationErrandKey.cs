using System.Globalization;

namespace Orchestrator.Shared.Protocol;

/// <summary>Key of the errand that judges a checkpoint as somebody asked for: <c>evaluate-STEP-HASH@RUN</c>, which no evaluation at a run's end (<c>RUN/…</c>) looks like.</summary>
/// <param name="Step">Completed steps of the checkpoint.</param>
/// <param name="Hash">Of how it is judged.</param>
public readonly record struct EvaluationErrandKey(string Run, long Step, string Hash)
{
    private const string Prefix = "evaluate-";

    /// <summary><c>STEP-HASH</c>: names it among those of its run.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"{Step}-{Hash}");

    public override string ToString() => $"{Prefix}{Name}@{Run}";

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
