namespace Orchestrator.Cli.Reports;

/// <summary>A file that a command writes where <c>--out</c> says.</summary>
public static class WrittenFile
{
    /// <summary>Whole or not at all; one that is there is replaced.</summary>
    /// <param name="path">Its folder exists.</param>
    /// <exception cref="CliException">It cannot be written.</exception>
    public static void Write(string path, string text)
    {
        try
        {
            File.WriteAllText(path + ".writing", text);
            File.Move(path + ".writing", path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.BadInput($"--out {path} cannot be written", e.Message, "give a file in a folder that exists");
        }
    }
}
