using System.Diagnostics;
using Orchestrator.EndToEnd.Tests;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Api;

/// <summary>
/// The curl lines of the pages do what they say, at a whole coordinator: each that stands in a block of <c>sh</c> is run by itself, with the variables of
/// <see cref="Variables"/>, and everything that it asks for has to be answered by 2xx.
/// </summary>
public sealed class CurlTests(TrainingCluster cluster) : IClassFixture<TrainingCluster>, IAsyncDisposable
{
    /// <summary>One line of the pages is longest: it follows a run to its end.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Lines()
    {
        var lines = new TheoryData<string, string>();
        foreach (var page in (string[])["docs/api.md", "docs/security.md"])
        {
            foreach (var line in CurlLines.Of(File.ReadAllText(Path.Combine(Root, page))))
            {
                lines.Add(page, line);
            }
        }

        return lines;
    }

    private static string Root { get; } = FindRoot();

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task A_line_of_the_pages_is_answered_well(string page, string line)
    {
        Required.Program("curl", "curl");
        Required.Program("bash", "bash");
        var run = await cluster.TrainAsync();
        // Who follows a run is answered until its end.
        var end = line.Contains("/events", StringComparison.Ordinal) ? cluster.EndAsync(run) : Task.CompletedTask;
        if (line.Contains("/retry", StringComparison.Ordinal))
        {
            await cluster.EndAsync(run);
        }

        var sweep = line.Contains("$SWEEP", StringComparison.Ordinal) ? await cluster.SweepAsync() : "";
        var (code, output, error) = await RunAsync(line, run, sweep);
        await end;
        var statuses = error
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(l => l.StartsWith("status ", StringComparison.Ordinal))
            .ToList();
        var told = $"{page}: {line}\nexit code {code}\n{output}\n{error}";
        Assert.True(code == 0, told);
        Assert.True(statuses.Count > 0 && statuses.TrueForAll(s => s.StartsWith("status 2", StringComparison.Ordinal)), told);
    }

    [Fact]
    public async Task A_line_that_is_refused_is_found()
    {
        Required.Program("curl", "curl");
        var (code, _, error) = await RunAsync("curl -s \"$S/api/v1/runs/r-0000000000\" | cat", "", "");
        Assert.NotEqual(0, code);
        Assert.Contains("status 404", error, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await cluster.EndAllAsync();
        folder.Dispose();
    }

    private Dictionary<string, string> Variables(string run, string sweep) =>
        new(StringComparer.Ordinal)
        {
            ["S"] = cluster.Coordinator.Http.BaseAddress!.AbsoluteUri.TrimEnd('/'),
            ["RUN"] = run,
            ["SWEEP"] = sweep,
            ["WORKER"] = cluster.Idle,
            ["TOKEN"] = "none-is-asked-for",
        };

    private async Task<(int Code, string Output, string Error)> RunAsync(string line, string run, string sweep)
    {
        if (!Directory.Exists(folder.In("samples")))
        {
            Directory.CreateSymbolicLink(folder.In("samples"), Path.Combine(Root, "samples"));
        }

        // A pipe hides curl's exit code, and curl alone a redirect.
        const string Curl =
            "set -o pipefail; curl() { command curl --fail-with-body --write-out '%{stderr}status %{http_code}\\n' \"$@\"; }";
        var start = new ProcessStartInfo("bash", ["-c", $"{Curl}\n{line}"])
        {
            WorkingDirectory = folder.Path,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in Variables(run, sweep))
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        deadline.CancelAfter(Deadline);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            var error = process.StandardError.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            return (process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{line} took more than {Deadline.TotalSeconds} s", e);
        }
    }

    private static string FindRoot()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "Orchestrator.sln")))
        {
            at = at.Parent!;
        }

        return at.FullName;
    }
}
