using Akka.Actor;

namespace Orchestrator.Coordinator.Hosting;

/// <summary>
/// Who forms the cluster when no coordinator is in one: the first of the seeds after a while, and, should it be gone, each of the others when its turn comes. Akka's
/// own way lets only the first of the seeds form one: two of three coordinators would ask one another for ever while the first one's machine is gone.
/// Two that form one each do no harm: neither is a majority, so neither leads, and both ask again.
/// </summary>
/// <param name="seeds">The same on all of them; none: this coordinator is by itself.</param>
/// <param name="own">This coordinator's address.</param>
public sealed class SeedOrder(IReadOnlyList<Address> seeds, Address own)
{
    /// <summary>The others may be busy taking over.</summary>
    private static readonly TimeSpan First = TimeSpan.FromSeconds(5);

    /// <summary>From turn to turn: whoever has formed one is found within the second in which the others ask.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(4);

    private readonly int rank = seeds.ToList().IndexOf(own);

    /// <summary>Whom it asks, each second, until its turn comes.</summary>
    public IReadOnlyList<Address> Others { get; } = [.. seeds.Where(seed => seed != own)];

    /// <summary>Without a majority after so long, it asks again from the beginning: all turns, and time to become a member.</summary>
    public TimeSpan JoinPatience => First + (Step * seeds.Count) + (2 * First);

    /// <summary>How long it asks before it forms a cluster; null: never, for it is no seed.</summary>
    /// <param name="chance">0 up to 1: keeps apart, the next time, two whose turns came together because they started at different times.</param>
    public TimeSpan? Turn(double chance) =>
        Others.Count == 0 ? TimeSpan.Zero
        : rank < 0 ? null
        : First + (Step * (rank + (chance / 2)));
}
