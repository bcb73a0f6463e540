namespace Orchestrator.Coordinator.Fleet;

/// <summary>
/// Which run, or sweep, an idempotency key stands for, and who waits for one that is on its way into the journal: nobody is answered before it is there.
/// Owned by the head; not thread safe.
/// </summary>
public sealed class Submissions<TClient>
{
    private readonly Dictionary<string, (string Run, string BodySha256)> byKey = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<(TClient Client, object Answer)>> underWay = new(StringComparer.Ordinal);

    public bool IsUnderWay(string run) => underWay.ContainsKey(run);

    /// <summary>The run that the key was given for first; null for a new key, and without one.</summary>
    public (string Run, string BodySha256)? Find(string? idempotencyKey) =>
        idempotencyKey is not null && byKey.TryGetValue(idempotencyKey, out var first) ? first : null;

    /// <summary>Takes in a run, of the journal or to be written into it.</summary>
    public void Add(RunSubmitted run) => Add(run.Run, run.IdempotencyKey, run.BodySha256);

    /// <summary>Takes in what is named so.</summary>
    public void Add(string name, string? idempotencyKey, string bodySha256)
    {
        if (idempotencyKey is not null)
        {
            byKey.TryAdd(idempotencyKey, (name, bodySha256));
        }
    }

    /// <summary>It is being written; the client is answered then.</summary>
    public void Await(string run, TClient client, object answer)
    {
        if (!underWay.TryGetValue(run, out var clients))
        {
            clients = [];
            underWay.Add(run, clients);
        }

        clients.Add((client, answer));
    }

    /// <summary>It stands in the journal: who is to be answered, and with what.</summary>
    public IReadOnlyList<(TClient Client, object Answer)> Written(string run) => underWay.Remove(run, out var clients) ? clients : [];
}
