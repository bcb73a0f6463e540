namespace Orchestrator.Benchmarks;

/// <summary>The repository that this program was built in, and what is built there besides.</summary>
internal static class BuiltProgram
{
    /// <summary>The repository's folder.</summary>
    /// <exception cref="InvalidOperationException">This program is in none.</exception>
    public static string Root =>
        Above(folder => File.Exists(Path.Combine(folder.FullName, "Orchestrator.sln")))?.FullName
        ?? throw new InvalidOperationException($"{AppContext.BaseDirectory} is below no Orchestrator.sln");

    /// <summary>The assembly of a project below src, of this program's configuration: benchmarks/bin/Release/net10.0[/RID] and src/Cli/bin/Release/net10.0. It may not be there.</summary>
    /// <exception cref="InvalidOperationException">This program is in no repository.</exception>
    public static string Of(string project)
    {
        var framework = Above(folder => folder.Name.StartsWith("net", StringComparison.Ordinal));
        var (configuration, name) = (framework?.Parent?.Name ?? "", framework?.Name ?? "");
        return Path.Combine(Root, "src", project, "bin", configuration, name, $"Orchestrator.{project}.dll");
    }

    private static DirectoryInfo? Above(Func<DirectoryInfo, bool> sought)
    {
        var folder = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        while (folder is not null && !sought(folder))
        {
            folder = folder.Parent;
        }

        return folder;
    }
}
