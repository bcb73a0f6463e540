using System.Runtime.InteropServices;

namespace Orchestrator.Worker.Commands;

/// <summary>
/// How the process hears that it should end: SIGTERM drains; SIGINT drains, and a second one ends it; a child of another program ignores
/// SIGINT (the terminal sends it to the whole group) and ends when its standard input closes, which happens however its parent dies.
/// </summary>
internal sealed class ProcessSignals : IDisposable
{
    private readonly PosixSignalRegistration terminate;
    private readonly PosixSignalRegistration interrupt;
    private int interrupts;

    public ProcessSignals(bool child, Action drain, Action<string> end)
    {
        terminate = PosixSignalRegistration.Create(
            PosixSignal.SIGTERM,
            context =>
            {
                context.Cancel = true;
                drain();
            }
        );
        interrupt = PosixSignalRegistration.Create(
            PosixSignal.SIGINT,
            context =>
            {
                context.Cancel = true;
                if (child)
                {
                    return;
                }

                if (Interlocked.Increment(ref interrupts) == 1)
                {
                    drain();
                }
                else
                {
                    end("interrupted");
                }
            }
        );
        if (child)
        {
            new Thread(() => WatchInput(end)) { IsBackground = true, Name = "parent" }.Start();
        }
    }

    public void Dispose()
    {
        terminate.Dispose();
        interrupt.Dispose();
    }

    private static void WatchInput(Action<string> end)
    {
        using var input = Console.OpenStandardInput();
        var buffer = new byte[64];
        while (input.Read(buffer) > 0)
        {
            // What the parent says is of no interest, only that it lives.
        }

        end("standard input closed: the parent has ended");
    }
}
