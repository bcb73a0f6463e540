using System.Runtime.InteropServices;
using Orchestrator.Collectives.Algorithms;
using Orchestrator.Collectives.Devices;

namespace Orchestrator.Collectives.Nccl;

/// <summary>
/// Carries a <see cref="ReductionPlan"/> out on devices: NCCL moves subtree sums, the device adds them in the order of the one tree. NCCL's own all-reduce
/// adds in an order that depends on the number of ranks, on the wiring and on the payload, so it cannot be used.
/// As on hosts, chunk c of a large payload goes to rank c, which adds and sends the sum to all; in pieces, the contributions of one and the sums of the piece
/// before in one group. A small one goes whole to everybody. Scratch grows to the largest payload seen and is kept.
/// </summary>
/// <param name="pieceBytes">Most bytes of a piece, but for the rounding to whole granules.</param>
internal sealed class NcclTreeAllReduce(NcclCommunicator communicator, IDeviceStream stream, ReductionPlan plan, int pieceBytes)
    : IDisposable
{
    /// <summary>Bounds the scratch: a piece for each subtree of a peer. Not measured on GPUs.</summary>
    public const int PieceBytes = 4 << 20;

    private const int Alignment = 64;

    private readonly int received = plan.Steps.Count(step => step.Action == ReductionAction.Receive);
    private readonly DeviceBuffer[] slots = new DeviceBuffer[plan.Slots];
    private readonly List<NcclTransfer> transfers = [];
    private IDeviceMemory? scratch;
    private nint stride;

    /// <param name="contributions">This rank's sum of each subtree of its cover.</param>
    /// <param name="result">May be the memory of contributions[0].</param>
    public void Run(ReadOnlySpan<DeviceBuffer> contributions, DeviceBuffer result)
    {
        try
        {
            Reduce(contributions, result);
        }
        catch (NativeCallException failure) when (!communicator.HasEnded)
        {
            // The device's: NCCL knows nothing of it, and may have transfers in the stream.
            communicator.End(failure);
            throw;
        }
    }

    public void Dispose() => scratch?.Dispose();

    private void Reduce(ReadOnlySpan<DeviceBuffer> contributions, DeviceBuffer result)
    {
        stream.MakeCurrent();
        if (communicator.WorldSize == 1)
        {
            if (contributions[0] != result)
            {
                stream.Copy(contributions[0], result);
            }
        }
        else if (result.Bytes < (long)communicator.WorldSize * TreeAllReduce.ChunkedFrom)
        {
            ReduceWhole(contributions, result);
        }
        else
        {
            ReduceChunked(contributions, result);
        }

        communicator.Finish();
    }

    private void ReduceWhole(ReadOnlySpan<DeviceBuffer> contributions, DeviceBuffer result)
    {
        var all = new Chunk(0, result.Length);
        Room(result.Length);
        for (int distance = 1; distance < communicator.WorldSize; distance++)
        {
            SendContributions(contributions, Peer(distance), all);
        }

        ReceiveContributions(all);
        Exchange();
        Add(contributions, result, all);
    }

    private void ReduceChunked(ReadOnlySpan<DeviceBuffer> contributions, DeviceBuffer result)
    {
        PieceCut cut = PieceCut.Of(result.Length, communicator.WorldSize, sizeof(float), pieceBytes);
        Room(cut.Longest);

        // What a turn receives into the result, chunks of peers, it does not send: that was the turn before.
        for (int turn = 0; turn <= cut.Pieces; turn++)
        {
            if (turn < cut.Pieces)
            {
                for (int distance = 1; distance < communicator.WorldSize; distance++)
                {
                    SendContributions(contributions, Peer(distance), cut.Of(Peer(distance), turn));
                }

                ReceiveContributions(cut.Of(communicator.Rank, turn));
            }

            if (turn > 0)
            {
                ExchangeSums(result, cut, turn - 1);
            }

            Exchange();
            if (turn < cut.Pieces)
            {
                Add(contributions, result, cut.Of(communicator.Rank, turn));
            }
        }
    }

    private void SendContributions(ReadOnlySpan<DeviceBuffer> contributions, int peer, Chunk theirs)
    {
        foreach (DeviceBuffer contribution in contributions)
        {
            Plan(new NcclTransfer(Sends: true, peer, contribution.Slice(theirs.Start, theirs.Count)));
        }
    }

    // All at once, so each has a place of its own: the plan's slots are taken one after the other.
    private void ReceiveContributions(Chunk mine)
    {
        int place = 0;
        foreach (ref readonly ReductionStep step in plan.Steps.AsSpan())
        {
            if (step.Action == ReductionAction.Receive)
            {
                Plan(new NcclTransfer(Sends: false, step.Rank, Scratch(place++, mine.Count)));
            }
        }
    }

    private void ExchangeSums(DeviceBuffer result, PieceCut cut, int piece)
    {
        Chunk mine = cut.Of(communicator.Rank, piece);
        for (int distance = 1; distance < communicator.WorldSize; distance++)
        {
            int peer = Peer(distance);
            Chunk theirs = cut.Of(peer, piece);
            Plan(new NcclTransfer(Sends: true, peer, result.Slice(mine.Start, mine.Count)));
            Plan(new NcclTransfer(Sends: false, peer, result.Slice(theirs.Start, theirs.Count)));
        }
    }

    private void Add(ReadOnlySpan<DeviceBuffer> contributions, DeviceBuffer result, Chunk mine)
    {
        int place = 0;
        foreach (ref readonly ReductionStep step in plan.Steps.AsSpan())
        {
            if (step.Action == ReductionAction.Receive)
            {
                slots[step.Into.Index] = Scratch(place++, mine.Count);
                continue;
            }

            // A slot that is added to is the left or the right side, and its memory is this rank's own.
            DeviceBuffer into = step.Into.Place == OperandPlace.Slot ? slots[step.Into.Index] : result.Slice(mine.Start, mine.Count);
            stream.Add(Locate(step.Left, contributions, mine), Locate(step.Right, contributions, mine), into);
        }
    }

    private DeviceBuffer Locate(Operand operand, ReadOnlySpan<DeviceBuffer> contributions, Chunk mine) =>
        operand.Place == OperandPlace.Own ? contributions[operand.Index].Slice(mine.Start, mine.Count) : slots[operand.Index];

    // Both sides cut alike, so both leave an empty one out.
    private void Plan(NcclTransfer transfer)
    {
        if (transfer.Buffer.Length > 0)
        {
            transfers.Add(transfer);
        }
    }

    private void Exchange()
    {
        communicator.Exchange(CollectionsMarshal.AsSpan(transfers));
        transfers.Clear();
    }

    private int Peer(int distance) => (communicator.Rank + distance) % communicator.WorldSize;

    private DeviceBuffer Scratch(int place, int length) => new(scratch!.Address + (place * stride), length);

    private void Room(int elements)
    {
        stride = (nint)((((long)elements * sizeof(float)) + Alignment - 1) / Alignment * Alignment);
        if (scratch is null || scratch.Bytes < stride * received)
        {
            scratch?.Dispose();
            scratch = null;
            scratch = stream.Device.Allocate((long)stride * received);
        }
    }
}
