using System.Runtime.InteropServices;
using Orchestrator.Cli.Demo;
using Xunit;

namespace Orchestrator.Cli.Tests.Demo;

public sealed class ProgramFinderTests
{
    [Theory]
    [InlineData("Debug")]
    [InlineData("Release")]
    public void Program_of_the_same_configuration_is_found_in_the_repository(string configuration)
    {
        using var folder = new TemporaryFolder();
        var home = Path.GetDirectoryName(folder.Touch("src", "Cli", "bin", configuration, "net10.0", "Orchestrator.Cli.dll"))!;
        folder.Touch("src", "Worker", "bin", "Other", "net10.0", "Orchestrator.Worker.dll");
        var plain = folder.Touch("src", "Coordinator", "bin", configuration, "net10.0", "Orchestrator.Coordinator.dll");
        var native = folder.Touch(
            "src",
            "Worker",
            "bin",
            configuration,
            "net10.0",
            RuntimeInformation.RuntimeIdentifier,
            "Orchestrator.Worker.dll"
        );
        var finder = new ProgramFinder(home + Path.DirectorySeparatorChar);
        Assert.Equal(plain, finder.Find("Coordinator"));
        Assert.Equal(native, finder.Find("Worker"));
    }

    [Fact]
    public void Program_in_the_same_folder_is_found()
    {
        using var folder = new TemporaryFolder();
        var worker = folder.Touch("app", "Orchestrator.Worker.dll");
        Assert.Equal(worker, new ProgramFinder(Path.GetDirectoryName(worker)!).Find("Worker"));
    }

    [Fact]
    public void Missing_program_names_where_it_was_looked_for()
    {
        using var folder = new TemporaryFolder();
        var home = Path.GetDirectoryName(folder.Touch("src", "Cli", "bin", "Debug", "net10.0", "Orchestrator.Cli.dll"))!;
        var e = Assert.Throws<CliException>(() => new ProgramFinder(home).Find("Worker"));
        Assert.Contains(
            Path.Combine(folder.Path, "src", "Worker", "bin", "Debug", "net10.0"),
            string.Join('\n', e.Why),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Host_is_the_dotnet_that_runs_this() => Assert.True(File.Exists(ProgramFinder.Host()), ProgramFinder.Host());
}
