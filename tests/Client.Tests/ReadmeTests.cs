using System.Globalization;
using Orchestrator.Coordinator.Tests;
using Orchestrator.Coordinator.Tests.Hosting;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Client.Tests;

/// <summary>The example of src/Client/README.md, and every other method, at a whole coordinator with a worker that trains nothing.</summary>
public sealed class ReadmeTests(CoordinatorFixture coordinator) : IClassFixture<CoordinatorFixture>
{
    private const string Spec = "method: gmml\ndata: { images: a }\nname: small\nbudget: { steps: 30 }\nworkers: { min: 1, max: 1 }\n";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Server => coordinator.Http.BaseAddress!.AbsoluteUri;

    [Fact]
    public void The_block_of_the_page_is_what_is_compiled()
    {
        var block = Lines(RepositoryFile.Read("src/Client/README.md").Split("```csharp\n")[1].Split("```")[0]);
        var source = RepositoryFile.Read("tests/Client.Tests/ReadmeExample.cs");
        var body = Lines(source.Split("    )\n    {\n")[1]);
        Assert.Equal(block, body.Take(block.Count));
        // What follows are the ends of method and class.
        Assert.Equal(["}", "}"], body.Skip(block.Count));
    }

    [Fact]
    public async Task The_example_follows_a_run_to_its_end()
    {
        await using var worker = new FakeWorker("readme-a", coordinator.Akka);
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var folder = new TemporaryFolder();
        await ReadmeExample.TrainAsync(Server, null, Spec, output, folder.Path, Cancellation);
        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["step 0: loss 1.000", "step 10: loss 0.091", "step 20: loss 0.048"], lines[..3]);
        Assert.StartsWith("Completed: ", lines[3], StringComparison.Ordinal);
        Assert.EndsWith("weights weights30", lines[3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_example_tells_what_is_wrong_with_a_spec()
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        await ReadmeExample.TrainAsync(Server, null, Spec + "sede: 1\n", output, ".", Cancellation);
        Assert.Contains("sede: ", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_read_page_by_page_is_whole_and_in_order()
    {
        using var client = new OrchestratorClient(coordinator.Http);
        await using var worker = new FakeWorker("readme-b", coordinator.Akka);
        var first = await client.SubmitRunAsync(Spec, "pages-1", "ada", cancellation: Cancellation);
        Assert.Equal(first, await client.SubmitRunAsync(Spec, "pages-1", "ada", cancellation: Cancellation));
        var second = await client.SubmitRunAsync(Spec, cancellation: Cancellation);
        Assert.Equal("ada", (await client.GetRunAsync(first.Id, Cancellation)).User);
        await foreach (var _ in client.StreamRunEventsAsync(second.Id, cancellation: Cancellation)) { }

        var newestFirst = (await client.EnumerateRunsAsync(pageSize: 1, cancellation: Cancellation).ListedAsync()).ConvertAll(r => r.Id);
        var all = await client.ListRunsAsync(cancellation: Cancellation);
        Assert.Equal(all.Runs.Select(r => r.Id).Reverse(), newestFirst);
        Assert.Equal(second.Id, newestFirst[0]);
        var rows = await client.EnumerateRowsAsync(second.Id, from: 7, cancellation: Cancellation).ListedAsync();
        Assert.Equal(Enumerable.Range(7, 23).Select(s => (long)s), rows.Select(r => r.Step));
        Assert.Contains(await client.EnumerateAuditLogAsync(cancellation: Cancellation).ListedAsync(), e => e.Subject == second.Id);
    }

    [Fact]
    public async Task An_artifact_is_written_as_it_is()
    {
        using var client = new OrchestratorClient(new Uri(Server));
        var run = await client.SubmitRunAsync(Spec, cancellation: Cancellation);
        var artifacts = Directory.CreateDirectory(Path.Combine(coordinator.Options.StorageRoot, "runs", run.Id, "artifacts")).FullName;
        var bytes = Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7)).ToArray();
        await File.WriteAllBytesAsync(Path.Combine(artifacts, "encoder.safetensors"), bytes, Cancellation);
        using var written = new MemoryStream();
        Assert.Equal(bytes.Length, await client.DownloadRunArtifactAsync(run.Id, "encoder.safetensors", written, Cancellation));
        Assert.Equal(bytes, written.ToArray());
        await Assert.ThrowsAsync<ProblemException>(() => client.DownloadRunArtifactAsync(run.Id, "other", written, Cancellation));
        await client.CancelRunAsync(run.Id, Cancellation);
    }

    [Fact]
    public async Task A_refusal_has_the_fields_of_its_problem()
    {
        using var client = new OrchestratorClient(new Uri(Server));
        var missing = await Assert.ThrowsAsync<ProblemException>(() => client.GetRunAsync("r-0000000000", Cancellation));
        Assert.Equal(
            (System.Net.HttpStatusCode.NotFound, "No such run", "There is no run r-0000000000."),
            (missing.Status, missing.Title, missing.Detail)
        );
        Assert.Empty(missing.Errors);
        Assert.False(missing.MayBeDone);
        var bad = await Assert.ThrowsAsync<ProblemException>(() => client.SubmitRunAsync("method: x", cancellation: Cancellation));
        Assert.Equal(["method", "data.images"], bad.Errors.Select(e => e.Path));
        var run = await client.SubmitRunAsync(
            Spec.Replace("min: 1, max: 1", "min: 9, max: 9", StringComparison.Ordinal),
            cancellation: Cancellation
        );
        await client.CancelRunAsync(run.Id, Cancellation);
        await coordinator.UntilAsync<Orchestrator.Shared.Api.RunView>(run.Location, r => r.Phase == RunPhase.Canceled);
        var ended = await Assert.ThrowsAsync<ProblemException>(() => client.CancelRunAsync(run.Id, Cancellation));
        Assert.Equal((System.Net.HttpStatusCode.Conflict, "Not as the run stands"), (ended.Status, ended.Title));
        Assert.True(
            await client.GetHealthAsync(Cancellation)
                && await client.GetReadinessAsync(Cancellation)
                && await client.GetMembershipAsync(Cancellation)
        );
    }

    private static List<string> Lines(string text) => [.. text.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0)];
}
