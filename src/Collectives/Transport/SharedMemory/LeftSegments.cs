namespace Orchestrator.Collectives.Transport.SharedMemory;

/// <summary>
/// A segment's file has a name for one round trip of a handshake. Where both sides are killed within it the name stays: whoever makes the next segment
/// takes it away.
/// </summary>
internal static class LeftSegments
{
    /// <summary>Far longer than a handshake may take. A name that is taken too early costs its pair the shared memory, and nothing else.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromMinutes(1);

    /// <summary>Takes away the names of segments that are older than <see cref="Age"/>; those of other users stay.</summary>
    public static void Remove(string directory)
    {
        DateTime latest = TimeProvider.System.GetUtcNow().UtcDateTime - Age;
        foreach (FileInfo file in Named(directory))
        {
            try
            {
                if (file.LastWriteTimeUtc < latest)
                {
                    file.Delete();
                }
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                // Another user's.
            }
        }
    }

    private static FileInfo[] Named(string directory)
    {
        try
        {
            return [.. new DirectoryInfo(directory).EnumerateFiles().Where(file => SharedSegment.IsName(file.Name))];
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // Whoever makes a segment there is told.
            return [];
        }
    }
}
