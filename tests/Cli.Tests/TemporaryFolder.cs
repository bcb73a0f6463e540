namespace Orchestrator.Cli.Tests;

/// <summary>A folder that goes with the test.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("cli-tests-").FullName;

    /// <summary>Writes an empty file below it, making its folders.</summary>
    public string Touch(params string[] parts)
    {
        var file = System.IO.Path.Combine([Path, .. parts]);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllText(file, "");
        return file;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
