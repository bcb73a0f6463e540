namespace Orchestrator.Collectives.Tests.Gangs;

public enum Wire
{
    Memory,
    Tcp,
    SharedMemory,

    /// <summary>Shared memory, and what is summed lies in an arena.</summary>
    Arena,
}
