using Orchestrator.Collectives.Devices;

namespace Orchestrator.Collectives.Nccl;

/// <summary>Numbers that go to or come from a peer. Between two ranks, the n-th that one sends is the n-th that the other receives.</summary>
/// <param name="Sends">To the peer; else from it.</param>
internal readonly record struct NcclTransfer(bool Sends, int Peer, DeviceBuffer Buffer);
