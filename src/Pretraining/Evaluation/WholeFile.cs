namespace Orchestrator.Pretraining.Evaluation;

/// <summary>Writes a file whole or not at all: under a temporary name, flushed, then renamed over what was there.</summary>
internal static class WholeFile
{
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        var temporary = path + ".writing";
        using (var stream = new FileStream(temporary, FileMode.Create))
        {
            stream.Write(bytes);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }
}
