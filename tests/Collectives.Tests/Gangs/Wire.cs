namespace Orchestrator.Collectives.Tests.Gangs;

public enum Wire
{
    Memory,
    Tcp,
    SharedMemory,
}
