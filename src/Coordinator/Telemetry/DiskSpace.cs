namespace Orchestrator.Coordinator.Telemetry;

/// <summary>Room of the file system that a folder is on.</summary>
/// <param name="Free">Bytes that this process may still write.</param>
/// <param name="Size">Bytes in all.</param>
public sealed record DiskSpace(long Free, long Size)
{
    /// <summary>Null where the folder is not there, or does not answer with a number.</summary>
    public static DiskSpace? Of(string folder)
    {
        try
        {
            var drive = new DriveInfo(folder);
            return new DiskSpace(drive.AvailableFreeSpace, drive.TotalSize);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
