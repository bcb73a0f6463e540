using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Api;

// What is asked of a run that was submitted, and other ways to submit one. Asked twice, each is done once.
public sealed partial class CoordinatorClient
{
    /// <summary>Asks for the end of a run, with its state in a checkpoint first; it may take a moment to follow.</summary>
    public Task CancelAsync(string run, CancellationToken cancellation) => AskAsync(run, "cancel", cancellation);

    /// <param name="verb">pause, resume, cancel, kill or retry.</param>
    public async Task AskAsync(string run, string verb, CancellationToken cancellation)
    {
        using var response = await SendAsync(
            () => new HttpRequestMessage(HttpMethod.Post, $"{Of(run)}/{verb}"),
            HttpCompletionOption.ResponseContentRead,
            cancellation
        );
    }

    /// <summary>Changes priority, bounds, labels or note; what is left out stays.</summary>
    /// <returns>The run with what holds then.</returns>
    public Task<RunView> ChangeAsync(string run, JsonObject change, CancellationToken cancellation) =>
        SendAsync<RunView>(
            () => new HttpRequestMessage(HttpMethod.Patch, Of(run)) { Content = JsonContent.Create(change, options: RunSpecJson.Options) },
            cancellation
        );

    /// <summary>Submits the resolved spec of a run with other fields.</summary>
    public Task<SubmittedView> CloneAsync(
        string run,
        JsonObject request,
        IReadOnlyList<string> labels,
        string idempotencyKey,
        CancellationToken cancellation
    ) => SendAsync<SubmittedView>(() => Clone(run, request, labels, idempotencyKey, ""), cancellation);

    /// <summary>What a clone would be; nothing is submitted.</summary>
    public Task<DryRunView> LookAtCloneAsync(
        string run,
        JsonObject request,
        IReadOnlyList<string> labels,
        CancellationToken cancellation
    ) => SendAsync<DryRunView>(() => Clone(run, request, labels, null, "dryRun=true"), cancellation);

    /// <summary>What a submission would be; nothing is submitted.</summary>
    /// <param name="labels">Each <c>key=value</c>.</param>
    public Task<DryRunView> LookAsync(string document, IReadOnlyList<string> labels, CancellationToken cancellation) =>
        SendAsync<DryRunView>(() => Submission(document, labels, null, "dryRun=true"), cancellation);

    private static HttpRequestMessage Submission(string document, IReadOnlyList<string> labels, string? key, string more)
    {
        var type = document.TrimStart().StartsWith('{') ? "application/json" : "application/yaml";
        return Keyed($"api/v1/runs{Query(labels, more)}", new StringContent(document, Encoding.UTF8, type), key);
    }

    private static HttpRequestMessage Clone(string run, JsonObject request, IReadOnlyList<string> labels, string? key, string more) =>
        Keyed($"{Of(run)}/clone{Query(labels, more)}", JsonContent.Create(request, options: RunSpecJson.Options), key);

    private static HttpRequestMessage Keyed(string path, HttpContent content, string? key)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        return request;
    }

    private static string Query(IReadOnlyList<string> labels, string more)
    {
        string[] parts = [.. labels.Select(l => $"label={Uri.EscapeDataString(l)}"), .. more.Length == 0 ? [] : (string[])[more]];
        return parts.Length == 0 ? "" : $"?{string.Join('&', parts)}";
    }
}
