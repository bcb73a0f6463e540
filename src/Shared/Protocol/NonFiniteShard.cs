using System.Globalization;
using MessagePack;

namespace Orchestrator.Shared.Protocol;

/// <summary>A shard in which something was not finite.</summary>
/// <param name="Shard">Its global index.</param>
/// <param name="What">The earliest thing in it that is not finite: views, tokens, a loss term, tensors of the gradient.</param>
/// <param name="Samples">Whose views or tokens they are, else all of the shard; at most a few.</param>
/// <param name="OtherSamples">Samples like them that are not named.</param>
[MessagePackObject]
public sealed record NonFiniteShard(
    [property: Key(0)] int Shard,
    [property: Key(1)] string What,
    [property: Key(2)] IReadOnlyList<long> Samples,
    [property: Key(3)] int OtherSamples
)
{
    /// <param name="known">What is said of the whole batch: not said again.</param>
    internal string Describe(string known) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"shard {Shard} ({(What == known ? "" : What + "; ")}samples {string.Join(", ", Samples)}{(OtherSamples > 0 ? $" and {OtherSamples} more" : "")})"
        );
}
