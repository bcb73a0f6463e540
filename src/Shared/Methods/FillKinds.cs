using System.Text.Json.Serialization;

namespace Orchestrator.Shared.Methods;

/// <summary>One kind of fill or several, of which each view draws one. In JSON one kind is its word and several are a list. Compared by what is in it.</summary>
[JsonConverter(typeof(FillKindsJsonConverter))]
public sealed class FillKinds : IEquatable<FillKinds>
{
    private readonly FillKind[] kinds;

    /// <param name="kinds">At least one, each once.</param>
    /// <exception cref="ArgumentException">There is none, or one stands twice.</exception>
    public FillKinds(params IReadOnlyList<FillKind> kinds)
    {
        if (kinds.Count == 0 || kinds.Distinct().Count() != kinds.Count)
        {
            throw new ArgumentException("a fill has at least one kind, and each once", nameof(kinds));
        }

        this.kinds = [.. kinds];
    }

    /// <summary>In the order of the spec, which the draws follow.</summary>
    public IReadOnlyList<FillKind> Kinds => kinds;

    public static implicit operator FillKinds(FillKind kind) => new(kind);

    public bool Equals(FillKinds? other) => other is not null && kinds.AsSpan().SequenceEqual(other.kinds);

    public override bool Equals(object? obj) => Equals(obj as FillKinds);

    public override int GetHashCode() => kinds.Aggregate(0, HashCode.Combine);
}
