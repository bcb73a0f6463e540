using System.Diagnostics;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>Competing load on one process: it gets a sixth of the time, in turns of a tenth of a second, until disposed.</summary>
internal sealed class SlowedProcess : IDisposable
{
    private readonly int id;
    private readonly Process turns;

    public SlowedProcess(int id)
    {
        this.id = id;
        // A process of its own, which ends with the slowed one: whatever becomes of the test, nobody stays stopped.
        turns = Process.Start("/bin/sh", ["-c", $"while kill -STOP {id} 2>/dev/null; do sleep 0.5; kill -CONT {id}; sleep 0.1; done"]);
    }

    public void Dispose()
    {
        turns.Kill();
        turns.WaitForExit();
        turns.Dispose();
        Processes.Signal(id, "CONT");
    }
}
