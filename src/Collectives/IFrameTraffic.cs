namespace Orchestrator.Collectives;

/// <summary>Where a group's bytes are counted. Called from several threads.</summary>
public interface IFrameTraffic
{
    /// <summary>One frame went out or came in: header and payload, in bytes (in memory the payload only).</summary>
    void Count(FrameKind kind, int bytesSent, int bytesReceived);
}
