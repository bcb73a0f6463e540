using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Coordinator.Access;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Access;

/// <summary>Who may do what, at a coordinator that asks for tokens.</summary>
public sealed class AccessTests(GuardedCoordinator guarded) : IClassFixture<GuardedCoordinator>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A new address is closed until it says what it takes; this list is looked through then.</summary>
    [Fact]
    public void Every_address_takes_what_is_approved()
    {
        var addresses = guarded
            .Coordinator.Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Select(e =>
            {
                var method = e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Single() ?? "GET";
                var context = new Microsoft.AspNetCore.Http.DefaultHttpContext { Request = { Method = method } };
                Microsoft.AspNetCore.Http.EndpointHttpContextExtensions.SetEndpoint(context, e);
                var scope = ScopeNeeded.Of(context).Scope;
                return $"{method} /{e.RoutePattern.RawText!.TrimStart('/')} {(scope is { } needed ? SpecWords.Word(needed) : "open")}";
            })
            .Order(StringComparer.Ordinal);
        Assert.Equal(
            [
                "DELETE /api/v1/tokens/{id} operator",
                "GET / open",
                "GET /api/v1/audit operator",
                "GET /api/v1/runs viewer",
                "GET /api/v1/runs/{id} viewer",
                "GET /api/v1/runs/{id}/artifacts viewer",
                "GET /api/v1/runs/{id}/artifacts/{name} viewer",
                "GET /api/v1/runs/{id}/detail viewer",
                "GET /api/v1/runs/{id}/evaluations viewer",
                "GET /api/v1/runs/{id}/evaluations/{key} viewer",
                "GET /api/v1/runs/{id}/events viewer",
                "GET /api/v1/runs/{id}/history viewer",
                "GET /api/v1/runs/{id}/metrics viewer",
                "GET /api/v1/runs/{id}/verifications/{step:long} viewer",
                "GET /api/v1/sweeps viewer",
                "GET /api/v1/sweeps/{id} viewer",
                "GET /api/v1/tokens operator",
                "GET /api/v1/workers viewer",
                "GET /app.css open",
                "GET /app.js open",
                "GET /docs open",
                "GET /docs/docs.js open",
                "GET /docs/scalar.js open",
                "GET /healthz open",
                "GET /metrics open",
                "GET /openapi/{documentName}.json open",
                "GET /readyz open",
                "GET /readyz/member open",
                "PATCH /api/v1/runs/{id} researcher",
                "POST /api/v1/runs researcher",
                "POST /api/v1/runs/{id}/cancel researcher",
                "POST /api/v1/runs/{id}/clone researcher",
                "POST /api/v1/runs/{id}/evaluations researcher",
                "POST /api/v1/runs/{id}/kill researcher",
                "POST /api/v1/runs/{id}/pause researcher",
                "POST /api/v1/runs/{id}/resume researcher",
                "POST /api/v1/runs/{id}/retry researcher",
                "POST /api/v1/runs/{id}/verifications researcher",
                "POST /api/v1/sweeps researcher",
                "POST /api/v1/sweeps/{id}/cancel researcher",
                "POST /api/v1/tokens operator",
                "POST /api/v1/workers/{id}/release operator",
            ],
            addresses
        );
    }

    [Theory]
    [InlineData("/api/v1/runs")]
    [InlineData("/api/v1/runs/r-0000000000/events")]
    [InlineData("/api/v1/audit")]
    [InlineData("/api/v1/nothing")]
    public async Task Without_a_token_nothing_of_the_API_answers(string path)
    {
        using var nobody = guarded.Coordinator.Client(null);
        var answer = await nobody.GetAsync(path, Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("Bearer realm=\"orchestrator\"", answer.Headers.WwwAuthenticate.ToString());
        Assert.Equal("A token is missing", (await guarded.Coordinator.ProblemAsync(answer)).GetProperty("title").GetString());
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            (await nobody.PostAsync("/api/v1/runs", GuardedCoordinator.Spec(), Cancellation)).StatusCode
        );
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/app.js")]
    [InlineData("/healthz")]
    [InlineData("/readyz")]
    [InlineData("/readyz/member")]
    [InlineData("/metrics")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/docs")]
    [InlineData("/docs/docs.js")]
    [InlineData("/docs/scalar.js")]
    public async Task What_is_open_answers_without_a_token(string path)
    {
        using var nobody = guarded.Coordinator.Client(null);
        Assert.Equal(HttpStatusCode.OK, (await nobody.GetAsync(path, Cancellation)).StatusCode);
    }

    [Fact]
    public async Task A_token_that_is_not_known_says_so_and_no_more()
    {
        var known = await guarded.TokenAsync(TokenScope.Viewer);
        var other = TokenSecret.New();
        foreach (
            var bearer in (string[])
                [
                    other.Write(),
                    // A known id with another secret: the answer tells nothing of which ids there are.
                    (other with { Id = known.Token.Id }).Write(),
                    "nonsense",
                    GuardedCoordinator.Bootstrap + "!",
                    known.Secret[..^1],
                ]
        )
        {
            using var client = guarded.Coordinator.Client(bearer);
            var answer = await client.GetAsync("/api/v1/runs", Cancellation);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.Contains("error=\"invalid_token\"", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
            var problem = await guarded.Coordinator.ProblemAsync(answer);
            Assert.Equal("The token is not known here.", problem.GetProperty("detail").GetString());
        }
    }

    [Fact]
    public async Task A_viewer_reads_and_changes_nothing()
    {
        using var viewer = await guarded.ClientAsync(TokenScope.Viewer);
        Assert.Equal(HttpStatusCode.OK, (await viewer.GetAsync("/api/v1/runs", Cancellation)).StatusCode);
        var answer = await viewer.PostAsync("/api/v1/runs", GuardedCoordinator.Spec(), Cancellation);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("insufficient_scope\", scope=\"researcher\"", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        Assert.Contains(
            "takes a token of scope researcher; this one is of scope viewer",
            (await guarded.Coordinator.ProblemAsync(answer)).GetProperty("detail").GetString(),
            StringComparison.Ordinal
        );
        Assert.Equal(HttpStatusCode.Forbidden, (await viewer.GetAsync("/api/v1/tokens", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await viewer.GetAsync("/api/v1/audit", Cancellation)).StatusCode);
    }

    [Fact]
    public async Task A_researcher_changes_the_runs_of_its_user_and_no_others()
    {
        using var ada = await guarded.ClientAsync(TokenScope.Researcher, "ada");
        using var other = await guarded.ClientAsync(TokenScope.Researcher, "ben");
        // A name that a client gives itself counts for nothing.
        var answer = await ada.PostAsync("/api/v1/runs?user=ben", GuardedCoordinator.Spec(), Cancellation);
        var run = (await answer.Content.ReadFromJsonAsync<SubmittedView>(RunSpecJson.Options, Cancellation))!;
        Assert.Equal("ada", (await ada.GetFromJsonAsync<RunView>(run.Location, RunSpecJson.Options, Cancellation))!.User);
        foreach (
            var (path, body) in ((string, object)[])
                [
                    ("cancel", ""),
                    ("kill", ""),
                    ("pause", ""),
                    ("resume", ""),
                    ("retry", ""),
                    ("verifications", new VerificationRequest(1)),
                    ("evaluations", ""),
                ]
        )
        {
            var refused = await other.PostAsJsonAsync($"{run.Location}/{path}", body, Cancellation);
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
            var detail = (await guarded.Coordinator.ProblemAsync(refused)).GetProperty("detail").GetString();
            Assert.Contains("of user ada, this token of ben", detail, StringComparison.Ordinal);
        }

        Assert.Equal(
            HttpStatusCode.Forbidden,
            (await other.PatchAsync(run.Location, new StringContent("""{"note":"mine"}"""), Cancellation)).StatusCode
        );
        // A spec that everybody may read may be submitted again, in one's own name.
        var clone = await other.PostAsync($"{run.Location}/clone", null, Cancellation);
        var cloned = (await clone.Content.ReadFromJsonAsync<SubmittedView>(RunSpecJson.Options, Cancellation))!;
        Assert.Equal("ben", (await ada.GetFromJsonAsync<RunView>(cloned.Location, RunSpecJson.Options, Cancellation))!.User);
        Assert.Equal(HttpStatusCode.Forbidden, (await ada.PostAsync("/api/v1/workers/w/release", null, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await ada.PostAsync($"{run.Location}/cancel", null, Cancellation)).StatusCode);
    }

    [Fact]
    public async Task A_token_for_projects_submits_and_changes_their_runs_whoever_submitted_them()
    {
        using var one = await guarded.ClientAsync(TokenScope.Researcher, "ada", "vision", "speech");
        using var two = await guarded.ClientAsync(TokenScope.Researcher, "ben", "speech");
        var refused = await two.PostAsync("/api/v1/runs", GuardedCoordinator.Spec("project: vision\n"), Cancellation);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains(
            "project is vision; this token is for speech",
            (await guarded.Coordinator.ProblemAsync(refused)).GetProperty("detail").GetString(),
            StringComparison.Ordinal
        );
        var (vision, speech) = (
            await GuardedCoordinator.SubmitAsync(one, "project: vision\n"),
            await GuardedCoordinator.SubmitAsync(one, "project: speech\n")
        );
        var ofAnother = await two.PostAsync($"{vision.Location}/cancel", null, Cancellation);
        Assert.Equal(HttpStatusCode.Forbidden, ofAnother.StatusCode);
        Assert.Contains(
            "is of project vision; this token is for speech",
            (await guarded.Coordinator.ProblemAsync(ofAnother)).GetProperty("detail").GetString(),
            StringComparison.Ordinal
        );
        Assert.Equal(HttpStatusCode.Accepted, (await two.PostAsync($"{speech.Location}/cancel", null, Cancellation)).StatusCode);
        // An operator's reaches everything.
        Assert.Equal(
            HttpStatusCode.Accepted,
            (await guarded.Coordinator.Http.PostAsync($"{vision.Location}/cancel", null, Cancellation)).StatusCode
        );
    }

    [Fact]
    public async Task A_token_without_projects_submits_to_the_default_one()
    {
        using var ada = await guarded.ClientAsync(TokenScope.Researcher);
        var refused = await ada.PostAsync("/api/v1/runs", GuardedCoordinator.Spec("project: vision\n"), Cancellation);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task An_expired_token_is_refused_and_told_since_when()
    {
        var soon = TimeProvider.System.GetUtcNow().AddSeconds(0.7);
        var created = await guarded.TokenAsync(TokenScope.Viewer, expires: soon);
        using var client = guarded.Coordinator.Client(created.Secret);
        HttpResponseMessage answer;
        do
        {
            answer = await client.GetAsync("/api/v1/runs", Cancellation);
            await Task.Delay(100, Cancellation);
        } while (answer.IsSuccessStatusCode);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.True(TimeProvider.System.GetUtcNow() >= soon);
        Assert.Contains(
            "has expired at",
            (await guarded.Coordinator.ProblemAsync(answer)).GetProperty("detail").GetString(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_revoked_token_is_refused_at_once_and_stays_in_the_list()
    {
        var created = await guarded.TokenAsync(TokenScope.Viewer, "eve");
        using var client = guarded.Coordinator.Client(created.Secret);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/v1/runs", Cancellation)).StatusCode);
        var revoked = await guarded.Coordinator.Http.DeleteAsync($"/api/v1/tokens/{created.Token.Id}", Cancellation);
        Assert.Equal(HttpStatusCode.OK, revoked.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api/v1/runs", Cancellation)).StatusCode);
        var listed = await guarded.Coordinator.GetAsync<TokenListView>("/api/v1/tokens");
        var token = Assert.Single(listed.Tokens, t => t.Id == created.Token.Id);
        Assert.NotNull(token.RevokedAt);
        Assert.Equal((0, 0), (token.LastUsedAt!.Value.Minute, token.LastUsedAt.Value.Second));
        Assert.Equal(HttpStatusCode.NotFound, (await guarded.Coordinator.Http.DeleteAsync("/api/v1/tokens/none", Cancellation)).StatusCode);
    }

    [Theory]
    [InlineData("""{"name":"","user":"ada","scope":"viewer"}""", "name: ")]
    [InlineData("""{"name":"a\nb","user":"ada","scope":"viewer"}""", "name: ")]
    [InlineData("""{"name":"a","user":"a b","scope":"viewer"}""", "user: ")]
    [InlineData("""{"name":"a","user":"bootstrap","scope":"viewer"}""", "user: ")]
    [InlineData("""{"name":"a","user":"ada","scope":"viewer","projects":["a b"]}""", "projects: ")]
    [InlineData("""{"name":"a","user":"ada","scope":"viewer","projects":[null]}""", "projects: ")]
    [InlineData("""{"name":"a","user":"ada","scope":"viewer","expiresAt":"2020-01-01T00:00:00Z"}""", "expiresAt: ")]
    public async Task A_token_that_cannot_be_is_refused_with_what_is_wrong(string body, string says)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        var answer = await guarded.Coordinator.Http.PostAsync("/api/v1/tokens", content, Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.StartsWith(
            says,
            (await guarded.Coordinator.ProblemAsync(answer)).GetProperty("detail").GetString(),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("""{"name":"a","user":"ada","scope":"root"}""")]
    [InlineData("""{"name":"a"}""")]
    [InlineData("[]")]
    [InlineData("{")]
    public async Task A_body_that_is_none_is_a_problem_400(string body)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        var answer = await guarded.Coordinator.Http.PostAsync("/api/v1/tokens", content, Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        await guarded.Coordinator.ProblemAsync(answer);
    }
}
