using System.Runtime.InteropServices;

namespace Orchestrator.Cli.Chaos;

/// <summary>Signals to processes of this machine.</summary>
internal static partial class ProcessSignal
{
    private const int Kill9 = 9;
    private const int Continue18 = 18;
    private const int Stop19 = 19;

    /// <summary>Ends it at once. One that is gone already is none to kill.</summary>
    public static void Kill(int process) => _ = Send(process, Kill9);

    /// <summary>It stands still, alive, until <see cref="Continue"/>.</summary>
    public static void Stop(int process) => _ = Send(process, Stop19);

    public static void Continue(int process) => _ = Send(process, Continue18);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Send(int process, int signal);
}
