using MessagePack;
using Orchestrator.Collectives;
using Orchestrator.Shared.Runs;
using Orchestrator.Shared.Serialization;

namespace Orchestrator.Worker.Ranks;

/// <summary>What ranks tell one another before the first step.</summary>
/// <param name="Data">Fingerprint of the data set.</param>
/// <param name="Numerics">Fingerprint of the machine's arithmetic.</param>
/// <param name="Spec">SHA-256 of the resolved spec.</param>
/// <param name="State">Digest of the base.</param>
[MessagePackObject]
public sealed record PreflightCard(
    [property: Key(0)] string Worker,
    [property: Key(1)] string Data,
    [property: Key(2)] string Numerics,
    [property: Key(3)] string Spec,
    [property: Key(4)] string State
);

/// <summary>Two ranks would not train the same run. Both are named.</summary>
/// <param name="worker">The one that differs from rank 0.</param>
public sealed class PreflightException(string worker, string message) : Exception(message)
{
    public string Worker { get; } = worker;
}

/// <summary>The exchange that ends forming: it comes from every member once it holds the base and all connections.</summary>
public static class Preflight
{
    /// <exception cref="PreflightException">A rank differs from rank 0.</exception>
    public static void Check(ProcessGroup group, PreflightCard mine, Determinism determinism)
    {
        var cards = group
            .AllGather(FrameKind.Control, MessagePackSerializer.Serialize(mine, ClosedMessagePackSerializer.Options))
            .Select(bytes => MessagePackSerializer.Deserialize<PreflightCard>(bytes, ClosedMessagePackSerializer.Options))
            .ToList();
        foreach (var card in cards.Skip(1))
        {
            if (Difference(cards[0], card, determinism) is { } found)
            {
                throw new PreflightException(card.Worker, found);
            }
        }
    }

    /// <summary>Ranks that all are new to the run would agree with one another on any data set: the run's own decides.</summary>
    /// <param name="agreed">What the run began with; null: nothing yet.</param>
    /// <exception cref="PreflightException">This worker has another one.</exception>
    public static void CheckData(string worker, string mine, string? agreed)
    {
        if (agreed is not null && mine != agreed)
        {
            throw new PreflightException(
                worker,
                $"data set fingerprint {mine} of {worker} differs from {agreed}, which the run began with: it has other data below its data root"
            );
        }
    }

    /// <summary>In what the second differs from the first; null when in nothing that matters.</summary>
    public static string? Difference(PreflightCard first, PreflightCard other, Determinism determinism)
    {
        string Text(string what, string theirs, string firsts) =>
            $"{what} {theirs} of {other.Worker} differs from {firsts}: {first.Worker}";
        if (other.Spec != first.Spec)
        {
            return Text("spec", other.Spec, first.Spec);
        }

        if (other.Data != first.Data)
        {
            return Text("data set fingerprint", other.Data, first.Data);
        }

        if (determinism == Determinism.Relaxed)
        {
            return null;
        }

        return other.Numerics != first.Numerics ? Text("numerics fingerprint", other.Numerics, first.Numerics)
            : other.State != first.State ? Text("state", other.State, first.State)
            : null;
    }
}
