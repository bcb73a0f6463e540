namespace Orchestrator.Collectives.Transport;

/// <summary>What the payload's numbers are, little-endian. The numbers are part of the wire.</summary>
public enum ElementType : byte
{
    Byte = 0,
    Single = 1,
    Double = 2,
    BFloat16 = 3,
}
