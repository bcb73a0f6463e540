namespace Orchestrator.Collectives.Transport;

/// <summary>A frame that was handed to a link and has not left yet.</summary>
internal readonly record struct PostedFrame(FrameHeader Header, HostBuffer<byte> Payload);
