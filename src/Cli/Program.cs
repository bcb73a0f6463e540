using System.Runtime.InteropServices;
using Orchestrator.Cli;
using Orchestrator.Cli.Output;

// The first Ctrl-C (or SIGTERM, or a closed terminal) asks the command to end in order; the second ends the process at once.
using var interrupted = new CancellationTokenSource();
void Interrupt(PosixSignalContext signal)
{
    signal.Cancel = !interrupted.IsCancellationRequested;
    interrupted.Cancel();
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Interrupt);
return await CliApp.RunAsync(args, Terminal.OfProcess(), interrupted.Token);
