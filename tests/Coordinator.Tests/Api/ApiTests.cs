using System.Net;
using System.Net.Http.Json;
using Orchestrator.Coordinator.Tests.Hosting;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Api;

public sealed class ApiTests(CoordinatorFixture coordinator) : IClassFixture<CoordinatorFixture>
{
    private const string Spec = "method: gmml\ndata: { images: a }\nname: small\nbudget: { steps: 10 }\n";

    private async Task<HttpResponseMessage> SubmitAsync(string body, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/runs") { Content = new StringContent(body) };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        return await coordinator.Http.SendAsync(request);
    }

    private static async Task<SubmittedView> ViewAsync(HttpResponseMessage response) =>
        (await response.Content.ReadFromJsonAsync<SubmittedView>(RunSpecJson.Options))!;

    [Fact]
    public async Task A_valid_spec_is_queued_with_a_location_and_a_reason()
    {
        var response = await SubmitAsync(Spec);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var submitted = await ViewAsync(response);
        Assert.Equal(submitted.Location, response.Headers.Location!.OriginalString);
        var run = await coordinator.UntilAsync<RunView>(
            submitted.Location,
            r => r.Reason.Contains("none is connected", StringComparison.Ordinal)
        );
        Assert.Equal((RunPhase.Queued, "small", "gmml", 10L), (run.Phase, run.Name, run.Method, run.TotalSteps));
        Assert.Contains((await coordinator.GetAsync<RunListView>("/api/v1/runs")).Runs, r => r.Id == submitted.Id);
        var detail = await coordinator.GetAsync<RunDetailView>($"{submitted.Location}/detail");
        Assert.Equal("small", detail.Spec.GetProperty("name").GetString());
        Assert.Equal("adopted", (await coordinator.GetAsync<RunEventsView>($"{submitted.Location}/history")).Events[0].Kind);
        Assert.Empty((await coordinator.GetAsync<StepRowsView>($"{submitted.Location}/metrics")).Rows);
    }

    [Fact]
    public async Task The_user_of_a_submission_stands_in_the_run_also_after_a_restart_and_a_bad_name_is_refused()
    {
        using var body = new StringContent(Spec);
        var submitted = await ViewAsync(await coordinator.Http.PostAsync("/api/v1/runs?user=ada@lab", body));
        await coordinator.RestartAsync();
        var run = await coordinator.UntilAsync<RunView>(submitted.Location, r => r.Phase == RunPhase.Queued);
        Assert.Equal(("default", "ada@lab", 0), (run.Project, run.User, run.Priority));
        Assert.Equal("anonymous", (await coordinator.GetAsync<RunView>((await ViewAsync(await SubmitAsync(Spec))).Location)).User);
        using var again = new StringContent(Spec);
        var refused = await coordinator.Http.PostAsync("/api/v1/runs?user=a%20b", again);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    [Fact]
    public async Task JSON_is_taken_as_well() =>
        Assert.Equal(HttpStatusCode.Created, (await SubmitAsync("""{"method":"gmml","data":{"images":"a"}}""")).StatusCode);

    [Fact]
    public async Task An_invalid_spec_is_refused_with_every_error_its_path_and_value()
    {
        var response = await SubmitAsync("method: gmml\ndata: { images: a }\nbatch: { size: x }\nsede: 1\n");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var errors = (await coordinator.ProblemAsync(response)).GetProperty("errors").EnumerateArray().ToArray();
        Assert.Equal(["batch.size", "sede"], errors.Select(e => e.GetProperty("path").GetString()));
        Assert.Equal("x", errors[0].GetProperty("value").GetString());
        Assert.Contains("did you mean seed?", errors[1].GetProperty("problem").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_above_64_KiB_is_refused()
    {
        var response = await SubmitAsync(Spec + "# " + new string('x', 70_000));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        await coordinator.ProblemAsync(response);
    }

    [Fact]
    public async Task The_same_idempotency_key_and_body_give_the_first_run_another_body_a_conflict()
    {
        var first = await SubmitAsync(Spec, "key-1");
        var again = await SubmitAsync(Spec, "key-1");
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK), (first.StatusCode, again.StatusCode));
        Assert.Equal(await ViewAsync(first), await ViewAsync(again));
        var other = await SubmitAsync(Spec + "seed: 1\n", "key-1");
        Assert.Equal(HttpStatusCode.Conflict, other.StatusCode);
        await coordinator.ProblemAsync(other);
    }

    [Fact]
    public async Task One_key_sent_many_times_at_once_submits_one_run()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => SubmitAsync(Spec, "key-at-once")));
        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
        Assert.Equal(19, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
        var runs = await Task.WhenAll(answers.Select(ViewAsync));
        Assert.Single(runs.Distinct());
    }

    [Theory]
    [InlineData("/api/v1/runs/r-0000000000")]
    [InlineData("/api/v1/runs/r-0000000000/detail")]
    [InlineData("/api/v1/runs/r-0000000000/events")]
    [InlineData("/api/v1/runs/nonsense/metrics")]
    [InlineData("/api/v1/runs/r-0000000000/artifacts/x")]
    [InlineData("/api/v2/runs")]
    [InlineData("/nothing")]
    public async Task What_is_not_there_is_a_problem_404(string path)
    {
        var response = await coordinator.Http.GetAsync(path);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        await coordinator.ProblemAsync(response);
    }

    [Fact]
    public async Task A_queued_run_is_canceled_once()
    {
        var run = await ViewAsync(await SubmitAsync(Spec));
        var canceled = await coordinator.Http.PostAsync($"{run.Location}/cancel", null);
        Assert.Equal(HttpStatusCode.Accepted, canceled.StatusCode);
        Assert.Equal(RunPhase.Canceled, (await coordinator.UntilAsync<RunView>(run.Location, r => r.Phase.IsEnded())).Phase);
        var again = await coordinator.Http.PostAsync($"{run.Location}/cancel", null);
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await coordinator.Http.PostAsync("/api/v1/runs/r-0000000000/cancel", null)).StatusCode);
    }

    [Fact]
    public async Task An_unknown_worker_cannot_be_released() =>
        Assert.Equal(HttpStatusCode.NotFound, (await coordinator.Http.PostAsync("/api/v1/workers/nobody/release", null)).StatusCode);

    [Fact]
    public async Task Artifacts_are_served_by_name_and_by_nothing_else()
    {
        var run = await ViewAsync(await SubmitAsync(Spec));
        var folder = Directory.CreateDirectory(Path.Combine(coordinator.Options.StorageRoot, "runs", run.Id, "artifacts")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "model-card.md"), "card");
        File.CreateSymbolicLink(Path.Combine(folder, "link"), "/etc/passwd");
        var listed = Assert.Single((await coordinator.GetAsync<ArtifactsView>($"{run.Location}/artifacts")).Artifacts);
        Assert.Equal(("model-card.md", 4L), (listed.Name, listed.Bytes));
        Assert.Equal("card", await coordinator.Http.GetStringAsync($"{run.Location}/artifacts/model-card.md"));
        foreach (
            var name in (string[])
                ["..%2F..%2F..%2Fjournal.db", "%2e%2e%2f%2e%2e%2fjournal.db", "..%5Cjournal.db", "link", "%2Fetc%2Fpasswd"]
        )
        {
            Assert.NotEqual(HttpStatusCode.OK, (await coordinator.Http.GetAsync($"{run.Location}/artifacts/{name}")).StatusCode);
        }
    }

    [Fact]
    public async Task A_query_out_of_range_is_refused()
    {
        var run = await ViewAsync(await SubmitAsync(Spec));
        Assert.Equal(HttpStatusCode.BadRequest, (await coordinator.Http.GetAsync($"{run.Location}/metrics?from=-1")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await coordinator.Http.GetAsync($"{run.Location}/metrics?limit=5001")).StatusCode);
    }

    [Fact]
    public async Task Runs_are_listed_page_by_page_and_by_phase()
    {
        var first = await ViewAsync(await SubmitAsync(Spec));
        var second = await ViewAsync(await SubmitAsync(Spec));
        await coordinator.Http.PostAsync($"{second.Location}/cancel", null);
        await coordinator.UntilAsync<RunView>(second.Location, r => r.Phase == RunPhase.Canceled);
        var all = (await coordinator.GetAsync<RunListView>("/api/v1/runs")).Runs.Select(r => r.Id).ToArray();
        var paged = new List<string>();
        RunListView page;
        var query = "/api/v1/runs?limit=1";
        do
        {
            page = await coordinator.GetAsync<RunListView>(query);
            paged.Insert(0, Assert.Single(page.Runs).Id);
            query = $"/api/v1/runs?limit=1&before={page.Next}";
        } while (page.Next is not null);

        Assert.Equal(all, paged);
        var canceled = await coordinator.GetAsync<RunListView>("/api/v1/runs?phase=canceled,failed&limit=1000");
        Assert.Contains(canceled.Runs, r => r.Id == second.Id);
        Assert.DoesNotContain(canceled.Runs, r => r.Id == first.Id);
    }

    [Theory]
    [InlineData("limit=0", "limit: 0 – must be 1 to 1000")]
    [InlineData("limit=1001", "limit: 1001 – must be")]
    [InlineData("phase=quued", "phase: quued – must be queued, forming")]
    [InlineData("limit=5&before=r-0000000000", "before: r-0000000000 – there is no such run")]
    public async Task A_list_that_cannot_be_is_refused_with_what_would_be_right(string query, string says)
    {
        var response = await coordinator.Http.GetAsync($"/api/v1/runs?{query}");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(says, (await coordinator.ProblemAsync(response)).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_loads_nothing_from_elsewhere()
    {
        var response = await coordinator.Http.GetAsync("/");
        Assert.Contains("default-src 'none'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        var page = await response.Content.ReadAsStringAsync();
        Assert.DoesNotContain("http", page, StringComparison.Ordinal);
        foreach (var file in (string[])["/app.css", "/app.js"])
        {
            Assert.Contains(file, page, StringComparison.Ordinal);
            Assert.True((await coordinator.Http.GetByteArrayAsync(file)).Length > 500);
        }
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("identity")]
    public async Task The_reference_loads_nothing_from_elsewhere(string encoding)
    {
        var response = await coordinator.Http.GetAsync("/docs");
        var policy = response.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'; script-src 'self';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        var page = await response.Content.ReadAsStringAsync();
        Assert.DoesNotContain("http", page, StringComparison.Ordinal);
        var nonce = page.Split("nonce=\"")[1].Split('"')[0];
        Assert.Contains($"'nonce-{nonce}'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain(nonce, await coordinator.Http.GetStringAsync("/docs"), StringComparison.Ordinal);
        foreach (var file in (string[])["/docs/docs.js", "/docs/scalar.js"])
        {
            Assert.Contains(file, page, StringComparison.Ordinal);
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, "/docs/scalar.js");
        request.Headers.AcceptEncoding.ParseAdd(encoding);
        using var script = await coordinator.Http.SendAsync(request);
        Stream body = await script.Content.ReadAsStreamAsync();
        if (encoding == "gzip")
        {
            Assert.Equal("gzip", script.Content.Headers.ContentEncoding.Single());
            body = new System.IO.Compression.GZipStream(body, System.IO.Compression.CompressionMode.Decompress);
        }

        using var reader = new StreamReader(body);
        Assert.Contains("createApiReference", await reader.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/healthz", "ok")]
    [InlineData("/readyz", "ready")]
    [InlineData("/readyz/member", "leads")]
    [InlineData("/metrics", "orchestrator_queued_runs")]
    [InlineData("/openapi/v1.json", "/api/v1/runs/{id}/cancel")]
    public async Task Operators_find_what_they_need(string path, string text) =>
        Assert.Contains(text, await coordinator.Http.GetStringAsync(path), StringComparison.Ordinal);
}
