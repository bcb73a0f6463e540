namespace Orchestrator.Collectives.Tests.Gangs;

public enum Wire
{
    Memory,
    Tcp,

    /// <summary>TCP with TLS.</summary>
    Tls,
    SharedMemory,

    /// <summary>Shared memory, and what is summed lies in an arena.</summary>
    Arena,
}
