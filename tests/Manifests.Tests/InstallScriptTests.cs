using System.Diagnostics;
using System.Runtime.Versioning;
using Orchestrator.EndToEnd.Tests;
using Orchestrator.Manifests.Tests.Rendering;
using Xunit;

namespace Orchestrator.Manifests.Tests;

/// <summary>k8s/install.sh against a kubectl that renders and, instead of a cluster, has a log.</summary>
[SupportedOSPlatform("linux")]
public sealed class InstallScriptTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);
    private readonly string folder = Directory.CreateTempSubdirectory("orchestrator-install-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Secrets_that_are_missing_are_made_before_anything_is_applied()
    {
        var (code, calls, _) = await InstallAsync("overlays/ha");
        Assert.Equal(0, code);
        Assert.Equal(
            [
                "apply -f base/namespace.yaml",
                "create secret join-token token 64",
                "create secret api-token token 64",
                "create secret postgres password 64",
                // The same password, in Npgsql's words.
                "create secret journal connectionString 148",
                "apply -k overlays/ha",
            ],
            calls
        );
    }

    [Fact]
    public async Task Secrets_that_are_there_are_left_alone()
    {
        var (code, calls, _) = await InstallAsync("overlays/ha", "join-token", "api-token", "postgres", "journal");
        Assert.Equal((0, "apply -f base/namespace.yaml;apply -k overlays/ha"), (code, string.Join(';', calls)));
    }

    [Fact]
    public async Task A_development_cluster_brings_its_tokens()
    {
        var (code, calls, _) = await InstallAsync("overlays/dev");
        Assert.Equal((0, "apply -f base/namespace.yaml;apply -k overlays/dev"), (code, string.Join(';', calls)));
    }

    [Fact]
    public async Task A_database_whose_password_nobody_knows_any_more_is_not_guessed()
    {
        var (code, calls, errors) = await InstallAsync("overlays/ha", "join-token", "api-token", "postgres");
        Assert.Equal((1, "apply -f base/namespace.yaml"), (code, string.Join(';', calls)));
        Assert.Contains("secret journal is missing", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("overlays/none")]
    [InlineData("")]
    public async Task A_folder_that_is_not_there_is_refused(string overlay)
    {
        var (code, calls, errors) = await InstallAsync(overlay);
        Assert.Equal(2, code);
        Assert.Empty(calls);
        Assert.Contains("such as overlays/cpu", errors, StringComparison.Ordinal);
    }

    /// <param name="there">Secrets that the cluster has.</param>
    private async Task<(int Code, IReadOnlyList<string> Calls, string Errors)> InstallAsync(string overlay, params string[] there)
    {
        Required.Program("kubectl", "kubernetes-client");
        var real = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Select(f => Path.Combine(f, "kubectl"))
            .First(File.Exists);
        var log = Path.Combine(folder, "log");
        await File.WriteAllTextAsync(log, "");
        var stub = Path.Combine(folder, "kubectl");
        await File.WriteAllTextAsync(
            stub,
            $$"""
            #!/usr/bin/env bash
            case "$*" in
              kustomize*) exec '{{real}}' "$@" ;;
              *"get secret"*) case " {{string.Join(' ', there)}} " in *" $5 "*) exit 0 ;; *) exit 1 ;; esac ;;
              *"create secret"*) key=${7#--from-file=}; echo "create secret $6 ${key%%=*} $(wc -c)" >>'{{log}}' ;;
              *) echo "$*" >>'{{log}}' ;;
            esac
            """
        );
        File.SetUnixFileMode(stub, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        using var deadline = new CancellationTokenSource(Deadline);
        var start = new ProcessStartInfo("bash", [Path.Combine(RenderedFolders.Root, "k8s", "install.sh"), overlay])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = $"{folder}{Path.PathSeparator}{Environment.GetEnvironmentVariable("PATH")}";
        using var install = Process.Start(start)!;
        var errors = install.StandardError.ReadToEndAsync(deadline.Token);
        await install.StandardOutput.ReadToEndAsync(deadline.Token);
        var said = await errors;
        await install.WaitForExitAsync(deadline.Token);
        return (install.ExitCode, await File.ReadAllLinesAsync(log, deadline.Token), said);
    }
}
