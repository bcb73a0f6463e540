namespace Orchestrator.Collectives.Tests.Gangs;

/// <summary>Counts frames of gradients, of whatever direction, until the last one that its rank is to live for.</summary>
internal sealed class LastFrame(int frames) : IFrameTraffic
{
    private int left = frames;

    public Action? Reached { get; set; }

    public bool IsReached => Volatile.Read(ref left) <= 0;

    public void Count(FrameKind kind, int bytesSent, int bytesReceived)
    {
        if (kind == FrameKind.Gradient && Interlocked.Decrement(ref left) == 0)
        {
            Reached?.Invoke();
        }
    }
}
