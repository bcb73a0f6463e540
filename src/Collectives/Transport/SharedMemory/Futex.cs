using System.Runtime.InteropServices;

namespace Orchestrator.Collectives.Transport.SharedMemory;

/// <summary>Linux's futex on a word that several processes have mapped: to sleep until another one wakes, without a file descriptor.</summary>
internal static unsafe partial class Futex
{
    // Not the private variants: waiter and waker are processes. The number of the system call is the architecture's.
    private const int Wait0 = 0;
    private const int Wake1 = 1;
    private const long NanosecondsPerTick = 100;
    private static readonly nint SystemCall = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 202,
        Architecture.Arm64 => 98,
        _ => -1,
    };

    /// <summary>Whether this machine's number of the system call is known.</summary>
    public static bool IsSupported => SystemCall >= 0;

    /// <summary>Sleeps while the word holds <paramref name="expected"/>, until woken or for so long; may return early for any reason.</summary>
    public static void Wait(int* word, int expected, TimeSpan most)
    {
        var time = new TimeSpec
        {
            Seconds = most.Ticks / TimeSpan.TicksPerSecond,
            Nanoseconds = most.Ticks % TimeSpan.TicksPerSecond * NanosecondsPerTick,
        };
        _ = Call(SystemCall, word, Wait0, expected, &time, null, 0);
    }

    /// <summary>Wakes everybody who sleeps on the word.</summary>
    public static void WakeAll(int* word) => _ = Call(SystemCall, word, Wake1, int.MaxValue, null, null, 0);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint Call(nint number, int* word, nint operation, nint value, TimeSpec* timeout, int* second, nint third);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
