using System.Globalization;
using MessagePack;

namespace Orchestrator.Shared.Protocol;

/// <summary>A step that was not applied, since a loss or a gradient was not finite: the same on every rank.</summary>
[MessagePackObject]
public sealed record NonFiniteRow
{
    /// <summary>What of the global batch is not finite: loss terms, tensors of the gradient.</summary>
    [Key(0)]
    public required string What { get; init; }

    /// <summary>Where it comes from, in order of shard; empty where each shard alone is finite and only their sum is not.</summary>
    [Key(1)]
    public required IReadOnlyList<NonFiniteShard> Shards { get; init; }

    /// <summary>Shards like them that are not named.</summary>
    [Key(2)]
    public int OtherShards { get; init; }

    /// <summary>How many steps were refused by now: in a row, or since a state was last kept to go back to.</summary>
    [Key(3)]
    public int Count { get; init; }

    /// <summary>The completed steps of the state that the run went back to; null: the state stayed as it was.</summary>
    [Key(4)]
    public long? BackTo { get; init; }

    /// <summary>What was not finite, and where.</summary>
    /// <param name="step">0-based index of the step.</param>
    public string Describe(long step)
    {
        string[] shards =
        [
            .. Shards.Select(shard => shard.Describe(What)),
            .. OtherShards > 0 ? [$"{OtherShards} more shards"] : Array.Empty<string>(),
        ];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Step {step} is not finite: {What}; {(shards.Length == 0 ? "each shard alone is finite" : string.Join(", ", shards))}"
        );
    }

    /// <summary>The description, and what was done.</summary>
    public string Tell(long step) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Describe(step)}; {(BackTo is { } back ? $"the run went back to the weights of step {back} ({Count} times since they were kept)" : $"the step was skipped ({Count} in a row)")}"
        );
}
