using System.Diagnostics;
using Orchestrator.EndToEnd.Tests;
using Xunit;

[assembly: AssemblyFixture(typeof(Orchestrator.Manifests.Tests.Rendering.RenderedFolders))]

namespace Orchestrator.Manifests.Tests.Rendering;

/// <summary>Renders by <c>kubectl kustomize</c>, each folder once. Tests are skipped where kubectl is missing, and fail there under <c>REQUIRE_SERVICES=1</c>.</summary>
public sealed class RenderedFolders : IAsyncLifetime
{
    /// <summary>Name of what has every component that goes together.</summary>
    public const string Everything = "everything";

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);
    private readonly Dictionary<string, RenderedSet> sets = new(StringComparer.Ordinal);

    /// <summary>Folders that are installed as they stand.</summary>
    public static IReadOnlyList<string> Overlays { get; } = Names("overlays");

    /// <summary>Each of them, on the base.</summary>
    public static IReadOnlyList<string> Components { get; } = Names("components");

    public static IReadOnlyList<string> All { get; } = ["base", "dashboards", .. Overlays, .. Components, Everything];

    public static string Root { get; } = FindRoot();

    private static bool HasKubectl =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, "kubectl")));

    public async ValueTask InitializeAsync()
    {
        if (!HasKubectl)
        {
            return;
        }

        foreach (var folder in All)
        {
            var text =
                folder == Everything ? await ComposeAsync("overlays/ha", ["monitoring", "queue-scaling", "data-s3", "spot"])
                : folder.StartsWith("components/", StringComparison.Ordinal) ? await ComposeAsync("base", [folder["components/".Length..]])
                : await RenderAsync(Path.Combine(Root, "k8s", folder));
            sets[folder] = new RenderedSet(folder, text);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal RenderedSet Of(string folder)
    {
        Required.Program("kubectl", "kubernetes-client");
        return sets[folder];
    }

    /// <summary>An overlay such as a user would write.</summary>
    private static async Task<string> ComposeAsync(string overlay, IReadOnlyList<string> components)
    {
        var folder = Directory.CreateTempSubdirectory("orchestrator-kustomize-").FullName;
        try
        {
            string Relative(string path) => Path.GetRelativePath(folder, Path.Combine(Root, "k8s", path));
            await File.WriteAllTextAsync(
                Path.Combine(folder, "kustomization.yaml"),
                $"""
                apiVersion: kustomize.config.k8s.io/v1beta1
                kind: Kustomization
                resources: ["{Relative(overlay)}"]
                components: [{string.Join(", ", components.Select(c => $"\"{Relative($"components/{c}")}\""))}]
                """
            );
            return await RenderAsync(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string> RenderAsync(string folder)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        using var kubectl = Process.Start(
            new ProcessStartInfo("kubectl", ["kustomize", folder])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var errors = kubectl.StandardError.ReadToEndAsync(deadline.Token);
        var text = await kubectl.StandardOutput.ReadToEndAsync(deadline.Token);
        var said = await errors;
        await kubectl.WaitForExitAsync(deadline.Token);
        return kubectl.ExitCode == 0
            ? text
            : throw new InvalidOperationException($"kubectl kustomize {folder} ended with {kubectl.ExitCode}: {said}");
    }

    private static IReadOnlyList<string> Names(string kind) =>
        [
            .. new DirectoryInfo(Path.Combine(FindRoot(), "k8s", kind))
                .GetDirectories()
                .Select(d => $"{kind}/{d.Name}")
                .Order(StringComparer.Ordinal),
        ];

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Orchestrator.sln")))
        {
            folder =
                Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Orchestrator.sln is in no folder above the tests.");
        }

        return folder;
    }
}
