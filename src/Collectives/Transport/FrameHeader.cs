namespace Orchestrator.Collectives.Transport;

/// <summary>What stands before a frame's payload, without the group id and generation that the connection adds and checks.</summary>
/// <param name="Kind">What the bytes are counted as.</param>
/// <param name="Operation">Which part of which collective; Message on a service's connection.</param>
/// <param name="Sequence">Number of the collective in its generation; free for a service.</param>
/// <param name="Part">Which sum, chunk or slot.</param>
/// <param name="Type">The payload's numbers.</param>
/// <param name="Length">Payload in bytes, ≥ 0. In an expectation −1 stands for any.</param>
public readonly record struct FrameHeader(FrameKind Kind, FrameOperation Operation, long Sequence, int Part, ElementType Type, int Length)
{
    /// <summary>A service's message of raw bytes.</summary>
    public static FrameHeader Message(FrameKind kind, long sequence, int part, int length) =>
        new(kind, FrameOperation.Message, sequence, part, ElementType.Byte, length);

    /// <summary>What is wrong with a header that came instead of this one; null when nothing is.</summary>
    internal string? Mismatch(in FrameHeader actual, int maxLength)
    {
        if (actual.Kind != Kind)
        {
            return $"expected kind {Kind}, got {actual.Kind}";
        }

        if (actual.Operation != Operation)
        {
            return $"expected operation {Operation}, got {actual.Operation}";
        }

        if (actual.Sequence != Sequence)
        {
            return $"expected sequence {Sequence}, got {actual.Sequence}";
        }

        if (actual.Part != Part)
        {
            return $"expected part {Part}, got {actual.Part}";
        }

        if (actual.Type != Type)
        {
            return $"expected type {Type}, got {actual.Type}";
        }

        if (Length >= 0 && actual.Length != Length)
        {
            return $"expected length {Length}, got {actual.Length}";
        }

        return actual.Length < 0 || actual.Length > maxLength ? $"expected length 0 to {maxLength}, got {actual.Length}" : null;
    }

    /// <summary>The frame in words, for messages.</summary>
    internal string Describe() => $"{Kind} {Operation} part {Part} of sequence {Sequence}{(Length < 0 ? "" : $", {Length} bytes")}";
}
