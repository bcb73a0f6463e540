using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Api;

/// <summary>
/// The coordinator's HTTP API, typed (docs/api.md). Each attempt has a deadline; what can be repeated without harm (all but the making of a token: reads, what
/// is asked for twice with one effect, and a submission with its idempotency key) is tried again after a lost connection, 429, 502, 503 or 504; with several
/// coordinators the next one is asked, and a stand-by's redirect to the one that leads is followed. What goes wrong becomes a <see cref="CliException"/>.
/// </summary>
public sealed class CoordinatorClient : IDisposable
{
    private static readonly TimeSpan[] Backoff = [TimeSpan.FromSeconds(0.2), TimeSpan.FromSeconds(0.6), TimeSpan.FromSeconds(1.2)];

    /// <summary>Of a request that must not be carried out twice: what to do when nobody knows whether it was.</summary>
    private static readonly HttpRequestOptionsKey<string> IfLost = new(nameof(IfLost));

    private readonly HttpClient http;
    private readonly TimeProvider time;
    private readonly TimeSpan deadline;
    private readonly IReadOnlyList<Uri> servers;
    private volatile int current;

    /// <param name="server">Base address, http or https.</param>
    /// <param name="deadline">Of one attempt; default 10 s.</param>
    /// <param name="identity">Default: nobody.</param>
    public CoordinatorClient(Uri server, TimeProvider time, TimeSpan? deadline = null, ClientIdentity? identity = null)
        : this([server], time, deadline, identity) { }

    /// <param name="servers">Base addresses of the coordinators of one cluster.</param>
    /// <param name="deadline">Of one attempt; default 10 s.</param>
    /// <param name="identity">Default: nobody.</param>
    public CoordinatorClient(IReadOnlyList<Uri> servers, TimeProvider time, TimeSpan? deadline = null, ClientIdentity? identity = null)
    {
        this.servers = servers;
        this.time = time;
        this.deadline = deadline ?? TimeSpan.FromSeconds(10);
        // The deadline of an attempt is ours; a stream of events has none.
        http = new HttpClient(new CoordinatorHandler(identity ?? ClientIdentity.None)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>The one that is asked now.</summary>
    public Uri Server => servers[current];

    /// <param name="document">A spec, YAML or JSON.</param>
    /// <param name="idempotencyKey">The same key submits once, however often it is sent.</param>
    public Task<SubmittedView> SubmitAsync(string document, string idempotencyKey, CancellationToken cancellation) =>
        SubmitAsync("api/v1/runs", document, idempotencyKey, cancellation);

    /// <param name="document">A sweep, YAML or JSON.</param>
    /// <param name="idempotencyKey">The same key submits once, however often it is sent.</param>
    public Task<SubmittedView> SubmitSweepAsync(string document, string idempotencyKey, CancellationToken cancellation) =>
        SubmitAsync("api/v1/sweeps", document, idempotencyKey, cancellation);

    public Task<SweepListView> SweepsAsync(CancellationToken cancellation) => GetAsync<SweepListView>("api/v1/sweeps", cancellation);

    public Task<SweepDetailView> SweepAsync(string sweep, CancellationToken cancellation) =>
        GetAsync<SweepDetailView>($"api/v1/sweeps/{Uri.EscapeDataString(sweep)}", cancellation);

    /// <summary>Asks for the end of a sweep and its runs; it may take a moment to follow.</summary>
    public Task<SweepDetailView> CancelSweepAsync(string sweep, CancellationToken cancellation) =>
        SendAsync<SweepDetailView>(
            () => new HttpRequestMessage(HttpMethod.Post, $"api/v1/sweeps/{Uri.EscapeDataString(sweep)}/cancel"),
            cancellation
        );

    private Task<SubmittedView> SubmitAsync(string path, string document, string idempotencyKey, CancellationToken cancellation) =>
        SendAsync<SubmittedView>(
            () =>
            {
                var json = document.TrimStart().StartsWith('{');
                var request = new HttpRequestMessage(HttpMethod.Post, path)
                {
                    Content = new StringContent(document, Encoding.UTF8, json ? "application/json" : "application/yaml"),
                };
                request.Headers.Add("Idempotency-Key", idempotencyKey);
                return request;
            },
            cancellation
        );

    public Task<RunListView> RunsAsync(CancellationToken cancellation) => RunsAsync(null, null, cancellation);

    /// <summary>The newest runs that are asked for.</summary>
    /// <param name="limit">So many at most; null: all.</param>
    /// <param name="phase">In these phases only, comma-separated; null: in any.</param>
    public Task<RunListView> RunsAsync(int? limit, string? phase, CancellationToken cancellation)
    {
        string[] query =
        [
            .. limit is { } most ? [$"limit={most}"] : Array.Empty<string>(),
            .. phase is not null ? [$"phase={Uri.EscapeDataString(phase)}"] : Array.Empty<string>(),
        ];
        return GetAsync<RunListView>(query.Length == 0 ? "api/v1/runs" : $"api/v1/runs?{string.Join('&', query)}", cancellation);
    }

    public Task<RunView> RunAsync(string run, CancellationToken cancellation) => GetAsync<RunView>(Of(run), cancellation);

    public Task<RunDetailView> DetailAsync(string run, CancellationToken cancellation) =>
        GetAsync<RunDetailView>($"{Of(run)}/detail", cancellation);

    public Task<RunEventsView> HistoryAsync(string run, CancellationToken cancellation) =>
        GetAsync<RunEventsView>($"{Of(run)}/history", cancellation);

    public Task<ArtifactsView> ArtifactsAsync(string run, CancellationToken cancellation) =>
        GetAsync<ArtifactsView>($"{Of(run)}/artifacts", cancellation);

    /// <summary>An artifact that is text, whole.</summary>
    public async Task<string> ArtifactTextAsync(string run, string name, CancellationToken cancellation)
    {
        using var response = await SendAsync(
            () => new HttpRequestMessage(HttpMethod.Get, $"{Of(run)}/artifacts/{Uri.EscapeDataString(name)}"),
            HttpCompletionOption.ResponseContentRead,
            cancellation
        );
        return await response.Content.ReadAsStringAsync(cancellation);
    }

    public Task<WorkerListView> WorkersAsync(CancellationToken cancellation) => GetAsync<WorkerListView>("api/v1/workers", cancellation);

    /// <summary>Every stored row of the run, in step order, page by page.</summary>
    public async Task<IReadOnlyList<StepRowView>> RowsAsync(string run, CancellationToken cancellation)
    {
        var rows = new List<StepRowView>();
        for (long? from = 0; from is not null; )
        {
            var page = await GetAsync<StepRowsView>($"{Of(run)}/metrics?from={from}&limit=5000", cancellation);
            rows.AddRange(page.Rows);
            from = page.Next > from ? page.Next : null;
        }

        return rows;
    }

    /// <summary>Asks for the end of a run; it may take a moment to follow.</summary>
    public async Task CancelAsync(string run, CancellationToken cancellation)
    {
        using var response = await SendAsync(
            () => new HttpRequestMessage(HttpMethod.Post, $"{Of(run)}/cancel"),
            HttpCompletionOption.ResponseContentRead,
            cancellation
        );
    }

    /// <summary>Asks for a step to be computed again; asked again, it tells how that stands, and tries again what failed.</summary>
    public Task<VerificationView> VerifyAsync(string run, long step, CancellationToken cancellation) =>
        SendAsync<VerificationView>(
            () =>
                new HttpRequestMessage(HttpMethod.Post, $"{Of(run)}/verifications")
                {
                    Content = JsonContent.Create(new VerificationRequest(step), options: RunSpecJson.Options),
                },
            cancellation
        );

    /// <summary>How a verification stands.</summary>
    /// <exception cref="CliException"><see cref="ExitCode.BadInput"/>: this coordinator was not asked for it; an earlier one may have been.</exception>
    public Task<VerificationView> VerificationAsync(string run, long step, CancellationToken cancellation) =>
        GetAsync<VerificationView>($"{Of(run)}/verifications/{step}", cancellation);

    /// <summary>Asks for the newest checkpoint to be judged; asked again, it tells how that stands, and tries again what failed.</summary>
    /// <param name="document">How, as YAML or JSON.</param>
    public Task<EvaluationErrandView> EvaluateAsync(string run, string document, CancellationToken cancellation) =>
        SendAsync<EvaluationErrandView>(
            () => new HttpRequestMessage(HttpMethod.Post, $"{Of(run)}/evaluations") { Content = new StringContent(document) },
            cancellation
        );

    /// <summary>How an evaluation stands; null: this coordinator was not asked for it, an earlier one may have been.</summary>
    public async Task<EvaluationErrandView?> EvaluationAsync(string run, string key, CancellationToken cancellation)
    {
        try
        {
            return await GetAsync<EvaluationErrandView>($"{Of(run)}/evaluations/{key}", cancellation);
        }
        catch (CliException e) when (e.ExitCode == ExitCode.BadInput)
        {
            return null;
        }
    }

    /// <summary>Those that are done.</summary>
    public Task<EvaluationListView> EvaluationsAsync(string run, CancellationToken cancellation) =>
        GetAsync<EvaluationListView>($"{Of(run)}/evaluations", cancellation);

    /// <summary>Lets a worker that is kept out of runs be used at once.</summary>
    public async Task ReleaseAsync(string worker, CancellationToken cancellation)
    {
        using var response = await SendAsync(
            () => new HttpRequestMessage(HttpMethod.Post, $"api/v1/workers/{Uri.EscapeDataString(worker)}/release"),
            HttpCompletionOption.ResponseContentRead,
            cancellation
        );
    }

    /// <summary>Makes a token, and not a second one whose secret nobody knows: once a coordinator may have done it, it is not asked again.</summary>
    public Task<TokenCreatedView> CreateTokenAsync(TokenRequest token, CancellationToken cancellation) =>
        SendAsync<TokenCreatedView>(
            () =>
            {
                var request = new HttpRequestMessage(HttpMethod.Post, "api/v1/tokens")
                {
                    Content = JsonContent.Create(token, options: RunSpecJson.Options),
                };
                request.Options.Set(
                    IfLost,
                    "it may have been made all the same: orchestrator token list shows it, orchestrator token revoke ends it"
                );
                return request;
            },
            cancellation
        );

    /// <summary>Revoked and expired ones, too.</summary>
    public Task<TokenListView> TokensAsync(CancellationToken cancellation) => GetAsync<TokenListView>("api/v1/tokens", cancellation);

    public Task<TokenView> RevokeTokenAsync(string token, CancellationToken cancellation) =>
        SendAsync<TokenView>(() => new HttpRequestMessage(HttpMethod.Delete, $"api/v1/tokens/{Uri.EscapeDataString(token)}"), cancellation);

    /// <summary>Opens the run's stream of events, after the given event.</summary>
    internal async Task<HttpResponseMessage> OpenEventsAsync(string run, string? lastEventId, CancellationToken cancellation) =>
        await SendAsync(
            () =>
            {
                var request = new HttpRequestMessage(HttpMethod.Get, $"{Of(run)}/events");
                request.Headers.Accept.ParseAdd("text/event-stream");
                if (!string.IsNullOrEmpty(lastEventId))
                {
                    request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
                }

                return request;
            },
            HttpCompletionOption.ResponseHeadersRead,
            cancellation
        );

    public void Dispose() => http.Dispose();

    private static string Of(string run) => $"api/v1/runs/{Uri.EscapeDataString(run)}";

    private Task<T> GetAsync<T>(string path, CancellationToken cancellation) =>
        SendAsync<T>(() => new HttpRequestMessage(HttpMethod.Get, path), cancellation);

    private async Task<T> SendAsync<T>(Func<HttpRequestMessage> request, CancellationToken cancellation)
    {
        using var response = await SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellation);
        try
        {
            return await response.Content.ReadFromJsonAsync<T>(RunSpecJson.Options, cancellation)
                ?? throw new JsonException("The answer is empty.");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
        {
            throw CliException.Failed(
                $"{Server} answered what is no answer of a coordinator's API",
                e.Message,
                "check that the address is a coordinator's, of this version"
            );
        }
    }

    private async Task<HttpResponseMessage> SendAsync(
        Func<HttpRequestMessage> create,
        HttpCompletionOption completion,
        CancellationToken cancellation
    )
    {
        for (var round = 0; ; round++)
        {
            Failure? failure = null;
            for (var asked = 0; asked < servers.Count; asked++)
            {
                var index = current;
                var (response, failed) = await TryAsync(create, servers[index], completion, cancellation);
                if (response is not null)
                {
                    return response;
                }

                // That one answers "not now" tells more than that another one is not there.
                failure = failure is null || failed!.Passes ? failed : failure;
                current = (index + 1) % servers.Count;
            }

            if (!failure!.Passes || round == Backoff.Length)
            {
                throw failure.Problem;
            }

            await Task.Delay(Backoff[round], time, cancellation);
        }
    }

    /// <summary>An answer, or why there is none; what no other attempt would change is thrown.</summary>
    private async Task<(HttpResponseMessage? Response, Failure? Failure)> TryAsync(
        Func<HttpRequestMessage> create,
        Uri server,
        HttpCompletionOption completion,
        CancellationToken cancellation
    )
    {
        using var request = create();
        request.RequestUri = new Uri(server, request.RequestUri!);
        try
        {
            using var limit = new CancellationTokenSource(deadline, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
            var response = await http.SendAsync(request, completion, either.Token);
            if (response.IsSuccessStatusCode)
            {
                return (response, null);
            }

            using (response)
            {
                var refused = await RefusedAsync(response, cancellation);
                // Not now, said before anything was done; or a gateway does not know what became of it.
                var isNotYet = response.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests;
                if (!isNotYet && response.StatusCode is not (HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout))
                {
                    throw refused;
                }

                return (null, Failed(request, refused, passes: true, mayBeDone: !isNotYet));
            }
        }
        catch (HttpRequestException e)
        {
            // Nobody listens, or there is no such host: the answer does not change within a second, unless a redirect led there.
            var isNobody =
                e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused or SocketError.HostNotFound }
                && request.RequestUri.Authority == server.Authority;
            var isUnsent =
                e.HttpRequestError
                is HttpRequestError.NameResolutionError
                    or HttpRequestError.ConnectionError
                    or HttpRequestError.SecureConnectionError;
            return (null, Failed(request, Unreachable(e.InnerException?.Message ?? e.Message), !isNobody, mayBeDone: !isUnsent));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, Failed(request, Unreachable($"no answer within {deadline.TotalSeconds:0} s"), passes: false, mayBeDone: true));
        }
    }

    /// <param name="mayBeDone">A coordinator may have done what was asked for.</param>
    private static Failure Failed(HttpRequestMessage request, CliException problem, bool passes, bool mayBeDone) =>
        mayBeDone && request.Options.TryGetValue(IfLost, out var next)
            ? throw new CliException(problem.ExitCode, problem.Message, problem.Why, next)
            : new Failure(problem, passes);

    private CliException Unreachable(string cause) =>
        new(
            ExitCode.Unreachable,
            $"cannot reach a coordinator at {string.Join(" or ", servers)}",
            [cause],
            "start one (orchestrator demo --keep brings up a whole cluster), or point to one with --server URL or ORCHESTRATOR_SERVER"
        );

    private async Task<CliException> RefusedAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        ProblemView? problem = null;
        try
        {
            problem = await response.Content.ReadFromJsonAsync<ProblemView>(RunSpecJson.Options, cancellation);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException or HttpRequestException) { }

        var what = problem?.Detail ?? problem?.Title ?? $"{Server} answered {(int)response.StatusCode} {response.ReasonPhrase}";
        var code = response.StatusCode
            is HttpStatusCode.BadRequest
                or HttpStatusCode.Unauthorized
                or HttpStatusCode.Forbidden
                or HttpStatusCode.NotFound
                or HttpStatusCode.RequestEntityTooLarge
                or HttpStatusCode.UnprocessableEntity
            ? ExitCode.BadInput
            : ExitCode.Failed;
        var next = response.StatusCode switch
        {
            HttpStatusCode.Unauthorized =>
                $"give a token that counts: in {ClientIdentity.TokenVariable}, or in {ClientIdentity.DefaultTokenFile} (chmod 600)",
            // A coordinator without tokens refuses names and pages; no token changes that.
            HttpStatusCode.Forbidden when problem?.Title == "Not from this page or by this name" => null,
            HttpStatusCode.Forbidden => "an operator makes tokens: orchestrator token create",
            HttpStatusCode.NotFound when problem?.Title == "No such sweep" => "orchestrator sweep list shows the sweeps that there are",
            HttpStatusCode.NotFound => "orchestrator list shows the runs that there are",
            HttpStatusCode.ServiceUnavailable => "the coordinator is starting or handing over: try again in a few seconds",
            _ when problem is { Errors.Count: > 0, Title: "Invalid evaluation" } => "correct it; docs/evaluation.md has every key",
            _ when problem is { Errors.Count: > 0, Title: "Invalid sweep" } => "correct it; docs/sweeps.md has every key",
            _ when problem?.Errors?.Count > 0 => "correct the spec; orchestrator validate FILE checks it without a coordinator",
            _ => null,
        };
        return new CliException(code, what, [.. (problem?.Errors ?? []).Select(e => e.ToString())], next);
    }

    /// <param name="Passes">Another attempt, a moment later, may go better.</param>
    private sealed record Failure(CliException Problem, bool Passes);
}
