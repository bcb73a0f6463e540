namespace Orchestrator.Collectives;

/// <summary>Totals of bytes by frame kind; safe for many threads.</summary>
public sealed class FrameTraffic : IFrameTraffic
{
    private readonly long[] sent = new long[Enum.GetValues<FrameKind>().Length];
    private readonly long[] received = new long[Enum.GetValues<FrameKind>().Length];

    /// <summary>Bytes sent in frames of the kind.</summary>
    public long Sent(FrameKind kind) => Interlocked.Read(ref sent[(int)kind]);

    /// <summary>Bytes received in frames of the kind.</summary>
    public long Received(FrameKind kind) => Interlocked.Read(ref received[(int)kind]);

    public void Count(FrameKind kind, int bytesSent, int bytesReceived)
    {
        Interlocked.Add(ref sent[(int)kind], bytesSent);
        Interlocked.Add(ref received[(int)kind], bytesReceived);
    }
}
