using Orchestrator.Shared.Protocol;

namespace Orchestrator.Protocol.Tests.World;

/// <summary>
/// What a rank has given to its peers in a generation: its part of every step up to <paramref name="Step"/>. Peers may have received it although the rank
/// has died since.
/// </summary>
internal readonly record struct Part(long Generation, string WorkerId, long Incarnation, long Step);

/// <summary>A message that was kept on its way: from a worker (status, checkpoint), or to one.</summary>
/// <param name="To">Null: to any coordinator.</param>
internal sealed record LateMessage(string? To, IControlMessage Message);
