namespace Orchestrator.EndToEnd.Tests;

/// <summary>Where the built programs lie: in the configuration that these tests were built in.</summary>
internal static class Repository
{
    // tests/EndToEnd.Tests/bin/Debug/net10.0: the framework and, above it, the configuration.
    private static readonly DirectoryInfo Home = new(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    public static string Root { get; } = FindRoot();

    /// <summary>Folder of the built CLI.</summary>
    public static string CliHome { get; } = Path.Combine(Root, "src", "Cli", "bin", Home.Parent!.Name, Home.Name);
    public static string Cli { get; } = Path.Combine(CliHome, "Orchestrator.Cli.dll");
    public static string Samples { get; } = Path.Combine(Root, "samples");

    /// <summary>Path of a spec of these tests, or of a sample.</summary>
    public static string Spec(string name) =>
        new[] { Path.Combine(AppContext.BaseDirectory, "Specs"), Samples }
            .Select(folder => Path.Combine(folder, $"{name}.yaml"))
            .First(File.Exists);

    private static string FindRoot()
    {
        for (var at = Home; at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Orchestrator.sln")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException($"No Orchestrator.sln above {Home.FullName}.");
    }
}
