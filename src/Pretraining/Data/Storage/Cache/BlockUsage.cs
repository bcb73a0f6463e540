using System.IO.MemoryMappedFiles;

namespace Orchestrator.Pretraining.Data.Storage.Cache;

/// <summary>
/// How many bytes the blocks of a folder have: a number that all processes of a host count together, in eight bytes of memory that are mapped from
/// a file. A process that is killed may leave it wrong; each pass of <see cref="BlockEviction"/> sets it right.
/// </summary>
internal sealed unsafe class BlockUsage : IDisposable
{
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly long* bytes;

    /// <exception cref="IOException">The file cannot be made or mapped.</exception>
    public BlockUsage(string path)
    {
        var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        try
        {
            file = MemoryMappedFile.CreateFromFile(
                stream,
                null,
                sizeof(long),
                MemoryMappedFileAccess.ReadWrite,
                HandleInheritability.None,
                leaveOpen: false
            );
        }
        catch
        {
            stream.Dispose();
            throw;
        }

        view = file.CreateViewAccessor(0, sizeof(long));
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        bytes = (long*)start;
    }

    public long Value => Interlocked.Read(ref *bytes);

    /// <returns>The new sum.</returns>
    public long Add(long more) => Interlocked.Add(ref *bytes, more);

    public void Dispose()
    {
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        file.Dispose();
    }
}
