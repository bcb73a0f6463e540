namespace Orchestrator.Protocol.Tests.World;

/// <summary>
/// Time in the model: it stands still. A deadline that passes is a move that makes its stamp <see cref="LongAgo"/>; every other stamp is now, so states
/// that differ in nothing but time are one.
/// </summary>
internal static class Clock
{
    /// <summary>When the newest generation was formed.</summary>
    public static readonly DateTimeOffset Formed = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Just after it: who joins later is known later.</summary>
    public static readonly DateTimeOffset Now = Formed + TimeSpan.FromMilliseconds(1);

    public static readonly DateTimeOffset LongAgo = Formed - TimeSpan.FromDays(1);
}
