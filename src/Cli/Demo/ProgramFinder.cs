using System.Runtime.InteropServices;

namespace Orchestrator.Cli.Demo;

/// <summary>
/// Finds the built coordinator and worker beside this program: in one folder with it, or in the repository's
/// <c>src/{Room}/bin/{configuration}/{framework}[/{runtime}]</c> of the same configuration and framework.
/// </summary>
/// <param name="home">Folder of this program's assembly.</param>
public sealed class ProgramFinder(string home)
{
    /// <summary>The assembly <c>Orchestrator.{room}.dll</c>.</summary>
    public string Find(string room)
    {
        var file = $"Orchestrator.{room}.dll";
        // src/Cli/bin/Debug/net10.0: the framework, the configuration, bin, Cli, src.
        var framework = new DirectoryInfo(Path.TrimEndingDirectorySeparator(Path.GetFullPath(home)));
        var configuration = framework.Parent;
        var looked = new List<string> { framework.FullName };
        if (configuration?.Parent is { Name: "bin", Parent.Parent: { } source })
        {
            var built = Path.Combine(source.FullName, room, "bin", configuration.Name, framework.Name);
            looked.Add(Path.Combine(built, RuntimeInformation.RuntimeIdentifier));
            looked.Add(built);
        }

        return looked.Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists)
            ?? throw CliException.Failed(
                $"{file} was not found",
                $"looked in {string.Join(" and ", looked)}",
                "build the solution in this configuration: dotnet build (dotnet run --project src/Cli does it too)"
            );
    }

    /// <summary>The dotnet host of the runtime that this process runs on; its name alone where it is not in the usual place.</summary>
    public static string Host()
    {
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        // …/shared/Microsoft.NETCore.App/10.0.x/
        var root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        var host = Path.Combine(root, name);
        return File.Exists(host) ? host : name;
    }
}
