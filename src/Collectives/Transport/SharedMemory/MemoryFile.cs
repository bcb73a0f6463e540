using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Orchestrator.Collectives.Transport.SharedMemory;

/// <summary>Linux's calls on files in memory that .NET does not have.</summary>
internal static partial class MemoryFile
{
    // EINTR: a signal came in between, as the runtime's own do.
    private const int Interrupted = 4;
    private const uint CloseOnExec = 1;
    private const uint AllowSealing = 2;
    private const int AddSeals = 1033;
    private const int GetSeals = 1034;
    private const int SealSeal = 1;
    private const int SealShrink = 2;
    private const int SealGrow = 4;
    private const int KeepSize = 1;
    private const int PunchHole = 2;
    private const int ReadAccess = 1;
    private const int WriteAccess = 2;
    private const int Shared = 0x01;
    private const int Private = 0x02;
    private const int Fixed = 0x10;
    private const int Anonymous = 0x20;
    private const int NoReserve = 0x4000;
    private const int Collapse = 25;

    /// <summary>In place of an address where nothing was mapped.</summary>
    public const nint NoMap = -1;

    /// <summary>What <c>/proc/PID/fd/N</c> is a link to, where N is a file in memory of that name.</summary>
    public static string LinkOf(string name) => $"/memfd:{name} (deleted)";

    /// <summary>A file in memory that has no name in any directory: it is gone when nobody has it open or mapped. No page of it is taken yet, and its length never changes.</summary>
    /// <exception cref="IOException">There are none on this system, or not of this length.</exception>
    public static SafeFileHandle Create(string name, long length)
    {
        int descriptor = Make(name, CloseOnExec | AllowSealing);
        if (descriptor < 0)
        {
            throw new IOException($"no file in memory can be made (error {Marshal.GetLastPInvokeError()})");
        }

        var file = new SafeFileHandle(descriptor, ownsHandle: true);
        if (Truncate(file, length) != 0 || Control(file, AddSeals, SealSeal | SealShrink | SealGrow) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            file.Dispose();
            throw new IOException($"no file in memory of {length} bytes can be made (error {error})");
        }

        return file;
    }

    /// <summary>Whether nobody can make the file shorter, so that reading a mapping of it never ends the process.</summary>
    public static bool KeepsItsLength(SafeFileHandle file) =>
        Control(file, GetSeals, 0) is var seals && seals > 0 && (seals & SealShrink) != 0;

    /// <summary>Takes the memory now: what is missing later would be a signal that ends the process.</summary>
    /// <returns>The error; 0 for none.</returns>
    public static int Reserve(SafeFileHandle file, long offset, long length)
    {
        int error;
        do
        {
            error = Allocate(file, offset, length);
        } while (error == Interrupted);

        return error;
    }

    /// <summary>Gives whole pages back; they read as zeros. False where that cannot be done.</summary>
    public static bool TryGiveBack(SafeFileHandle file, long offset, long length) =>
        Change(file, KeepSize | PunchHole, offset, length) == 0;

    /// <summary>Addresses behind which nothing is; <see cref="NoMap"/> where there are not so many.</summary>
    public static nint ReserveAddresses(long length) => Map(0, length, 0, Private | Anonymous | NoReserve, -1, 0);

    /// <summary>Maps a file over addresses that were reserved; <see cref="NoMap"/> where it cannot be.</summary>
    public static nint MapOver(nint start, SafeFileHandle file, long length, bool writable)
    {
        bool added = false;
        file.DangerousAddRef(ref added);
        try
        {
            return Map(start, length, ReadAccess | (writable ? WriteAccess : 0), Shared | Fixed, (int)file.DangerousGetHandle(), 0);
        }
        finally
        {
            file.DangerousRelease();
        }
    }

    /// <summary>
    /// Has what is mapped there lie in large pages, now and whatever the system does of itself (Linux 6.1 and later; /sys/kernel/mm/transparent_hugepage/shmem_enabled is "never" on most). Where that cannot
    /// be done, small ones stay: they hold the same.
    /// </summary>
    /// <param name="start">A large page's.</param>
    public static void TryUseLargePages(nint start, long length) => _ = Advise(start, length, Collapse);

    [LibraryImport("libc", EntryPoint = "munmap")]
    public static partial int Unmap(nint start, long length);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint start, long length, int access, int flags, int file, long offset);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint start, long length, int advice);

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Make(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    private static partial int Truncate(SafeFileHandle file, long length);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, int command, int argument);

    // Returns the error, and does not set errno.
    [LibraryImport("libc", EntryPoint = "posix_fallocate")]
    private static partial int Allocate(SafeFileHandle file, long offset, long length);

    [LibraryImport("libc", EntryPoint = "fallocate")]
    private static partial int Change(SafeFileHandle file, int mode, long offset, long length);
}
