using Orchestrator.Cli.Studies;

namespace Orchestrator.Cli.Tests.Studies;

/// <summary>The repository's samples.</summary>
public static class Sample
{
    public static string MimClustering { get; } = PathOf("mim-clustering-fashion.yaml");
    public static string Gmml { get; } = PathOf("gmml-fashion.yaml");

    public static StudySettings Settings(string? spec = null, string budget = "full", int? seeds = null) =>
        new()
        {
            Spec = spec ?? MimClustering,
            Budget = budget,
            Seeds = seeds,
        };

    private static string PathOf(string name)
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (Path.Combine(at.FullName, "samples", name) is var file && File.Exists(file))
            {
                return file;
            }
        }

        throw new FileNotFoundException(name);
    }
}
