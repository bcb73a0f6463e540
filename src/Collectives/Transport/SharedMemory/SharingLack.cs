namespace Orchestrator.Collectives.Transport.SharedMemory;

/// <summary>What a pair of ranks of one host does without.</summary>
internal enum SharingLack
{
    /// <summary>All of it: sums go by TCP.</summary>
    Segment,

    /// <summary>Reading one another's memory where it lies: sums go through rings.</summary>
    Arena,
}
