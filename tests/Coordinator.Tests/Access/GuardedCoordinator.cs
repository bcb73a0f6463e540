using System.Net.Http.Json;
using Orchestrator.Coordinator.Settings;
using Orchestrator.Coordinator.Tests.Hosting;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Access;

/// <summary>A coordinator that asks for tokens.</summary>
public sealed class GuardedCoordinator : IAsyncLifetime
{
    public const string Bootstrap = "a-bootstrap-token-for-tests-only!";

    public CoordinatorFixture Coordinator { get; } =
        new()
        {
            HttpSettings = new HttpOptions { BootstrapToken = Bootstrap },
            Bearer = Bootstrap,
        };

    public ValueTask InitializeAsync() => Coordinator.InitializeAsync();

    public ValueTask DisposeAsync() => Coordinator.DisposeAsync();

    public Task<TokenCreatedView> TokenAsync(
        TokenScope scope,
        string user = "ada",
        DateTimeOffset? expires = null,
        params string[] projects
    ) => TokenAsync(Coordinator, scope, user, expires, projects);

    public static async Task<TokenCreatedView> TokenAsync(
        CoordinatorFixture coordinator,
        TokenScope scope,
        string user = "ada",
        DateTimeOffset? expires = null,
        params string[] projects
    )
    {
        var request = new TokenRequest("for a test", user, scope, projects, expires);
        var answer = await coordinator.Http.PostAsJsonAsync("/api/v1/tokens", request, RunSpecJson.Options);
        return (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<TokenCreatedView>(RunSpecJson.Options))!;
    }

    /// <summary>A client with a token of its own.</summary>
    public async Task<HttpClient> ClientAsync(TokenScope scope, string user = "ada", params string[] projects) =>
        Coordinator.Client((await TokenAsync(scope, user, null, projects)).Secret);

    public static async Task<SubmittedView> SubmitAsync(HttpClient client, string more = "")
    {
        var answer = await client.PostAsync("/api/v1/runs", Spec(more));
        return (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<SubmittedView>(RunSpecJson.Options))!;
    }

    public static StringContent Spec(string more = "") =>
        new($"method: gmml\ndata: {{ images: a }}\nname: small\nbudget: {{ steps: 10 }}\n{more}");
}
