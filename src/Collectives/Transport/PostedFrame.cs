namespace Orchestrator.Collectives.Transport;

/// <summary>A frame that was handed to a link and has not left yet.</summary>
/// <param name="Begun">Its first bytes have left.</param>
internal readonly record struct PostedFrame(FrameHeader Header, HostBuffer<byte> Payload, bool Begun = false)
{
    /// <summary>
    /// Frames that a queue has room for from the start, so that none grows in the middle of a run, when one rank happens to be further ahead than ever: of
    /// a rank of 14 subtrees (256 shards) 3 pieces, 4 sums and 2 payloads sent whole (<see cref="TreeAllReduce.MostUnread"/>), 48 in all.
    /// </summary>
    public const int MostQueued = 64;
}
