using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Client;

/// <summary>
/// Sends a request until it is answered: each attempt with a deadline; what may be repeated again after a lost connection, 429, 502, 503 or 504; with several
/// coordinators to the next one; and where a stand-by leads, with the token. (.NET's own way of following leaves the token behind.) Never from https to http:
/// what was to be hidden would go in clear.
/// </summary>
internal sealed class ClientConnection : IDisposable
{
    private const int MostHops = 5;

    private static readonly TimeSpan[] Backoff = [TimeSpan.FromSeconds(0.2), TimeSpan.FromSeconds(0.6), TimeSpan.FromSeconds(1.2)];

    private readonly HttpClient http;
    private readonly bool isOurs;
    private readonly OrchestratorClientOptions options;
    private readonly IReadOnlyList<Uri> servers;
    private volatile int current;

    public ClientConnection(IReadOnlyList<Uri> servers, OrchestratorClientOptions options)
        // The deadline of an attempt is ours; a stream of events has none.
        : this(new HttpClient(Handler(options)) { Timeout = Timeout.InfiniteTimeSpan }, servers, options)
    {
        isOurs = true;
    }

    public ClientConnection(HttpClient http, IReadOnlyList<Uri> servers, OrchestratorClientOptions options)
    {
        if (servers.Count == 0 || servers.FirstOrDefault(s => !s.IsAbsoluteUri || s.Scheme is not ("http" or "https")) is not null)
        {
            throw new ArgumentException($"[{string.Join(", ", servers)}]: must be one or more http or https addresses.", nameof(servers));
        }

        if (options.Deadline <= TimeSpan.Zero)
        {
            throw new ArgumentException($"Deadline {options.Deadline}: must be above 0.", nameof(options));
        }

        // With a slash at the end, so that paths are added to it.
        this.servers = [.. servers.Select(s => s.AbsoluteUri.EndsWith('/') ? s : new Uri($"{s.AbsoluteUri}/"))];
        (this.http, this.options) = (http, options);
    }

    /// <summary>The one that is asked now.</summary>
    public Uri Server => servers[current];

    public TimeProvider Time => options.Time;

    /// <param name="create">A new message each time, its address relative.</param>
    /// <param name="once">It must not be carried out twice: not sent again once a coordinator may have done it.</param>
    public async Task<T> SendAsync<T>(Func<HttpRequestMessage> create, CancellationToken cancellation, bool once = false)
    {
        using var response = await SendAsync(create, HttpCompletionOption.ResponseContentRead, cancellation, once);
        try
        {
            return await response.Content.ReadFromJsonAsync<T>(RunSpecJson.Options, cancellation)
                ?? throw new JsonException("The answer is empty.");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
        {
            throw new ForeignAnswerException(Server, e) { MayBeDone = once };
        }
    }

    /// <returns>A good answer.</returns>
    public async Task<HttpResponseMessage> SendAsync(
        Func<HttpRequestMessage> create,
        HttpCompletionOption completion,
        CancellationToken cancellation,
        bool once = false
    )
    {
        for (var round = 0; ; round++)
        {
            Failure? failure = null;
            for (var asked = 0; asked < servers.Count; asked++)
            {
                var index = current;
                var (response, failed) = await TryAsync(create, servers[index], completion, once, cancellation);
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

            await Task.Delay(Backoff[round], Time, cancellation);
        }
    }

    public void Dispose()
    {
        if (isOurs)
        {
            http.Dispose();
        }
    }

    /// <summary>An answer, or why there is none; what no other attempt would change is thrown.</summary>
    private async Task<(HttpResponseMessage? Response, Failure? Failure)> TryAsync(
        Func<HttpRequestMessage> create,
        Uri server,
        HttpCompletionOption completion,
        bool once,
        CancellationToken cancellation
    )
    {
        Failure Failed(OrchestratorException problem, bool passes, bool mayBeDone) =>
            once && mayBeDone ? throw problem : new Failure(problem, passes);

        var at = server;
        try
        {
            using var limit = new CancellationTokenSource(options.Deadline, Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
            HttpResponseMessage response;
            for (var hop = 0; ; hop++)
            {
                using var request = create();
                request.RequestUri = at = hop == 0 ? new Uri(server, request.RequestUri!) : at;
                if (options.Token is not null)
                {
                    request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.Token);
                }

                response = await http.SendAsync(request, completion, either.Token);
                if (hop == MostHops || Target(request, response) is not { } next)
                {
                    break;
                }

                response.Dispose();
                at = next;
            }

            if (response.IsSuccessStatusCode)
            {
                return (response, null);
            }

            using (response)
            {
                // Not now, said before anything was done; or a gateway does not know what became of it.
                var isNotYet = response.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests;
                var isGateway = response.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout;
                var refused = await RefusedAsync(response, server, once && isGateway, cancellation);
                return isNotYet || isGateway ? (null, Failed(refused, passes: true, mayBeDone: isGateway)) : throw refused;
            }
        }
        catch (HttpRequestException e)
        {
            // Nobody listens, or there is no such host: the answer does not change within a second, unless a redirect led there.
            var isNobody =
                e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused or SocketError.HostNotFound }
                && at.Authority == server.Authority;
            var isUnsent =
                e.HttpRequestError
                is HttpRequestError.NameResolutionError
                    or HttpRequestError.ConnectionError
                    or HttpRequestError.SecureConnectionError;
            return (null, Failed(Gone(e.InnerException?.Message ?? e.Message, e, once && !isUnsent), !isNobody, mayBeDone: !isUnsent));
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            var cause = $"no answer within {options.Deadline.TotalSeconds:0} s";
            return (null, Failed(Gone(cause, e, once), passes: false, mayBeDone: true));
        }
    }

    private NoCoordinatorException Gone(string cause, Exception inner, bool mayBeDone) =>
        new(servers, cause, inner) { MayBeDone = mayBeDone };

    private static async Task<ProblemException> RefusedAsync(
        HttpResponseMessage response,
        Uri server,
        bool mayBeDone,
        CancellationToken cancellation
    )
    {
        ProblemView? problem = null;
        try
        {
            problem = await response.Content.ReadFromJsonAsync<ProblemView>(RunSpecJson.Options, cancellation);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException or HttpRequestException) { }

        return new ProblemException(server, response.StatusCode, response.ReasonPhrase, problem, response.Headers.RetryAfter?.Delta)
        {
            MayBeDone = mayBeDone,
        };
    }

    private static Uri? Target(HttpRequestMessage request, HttpResponseMessage response)
    {
        var isRead = request.Method == HttpMethod.Get || request.Method == HttpMethod.Head;
        var follows = response.StatusCode switch
        {
            HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect => true,
            HttpStatusCode.MovedPermanently or HttpStatusCode.Found => isRead,
            _ => false,
        };
        if (!follows || response.Headers.Location is not { } location)
        {
            return null;
        }

        var next = new Uri(request.RequestUri!, location);
        return next.Scheme == Uri.UriSchemeHttps || next.Scheme == request.RequestUri!.Scheme ? next : null;
    }

    private static SocketsHttpHandler Handler(OrchestratorClientOptions options)
    {
        var sockets = new SocketsHttpHandler { AllowAutoRedirect = false };
        if (options.Authorities is { } authorities)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.AddRange(authorities);
            sockets.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }

        return sockets;
    }

    /// <param name="Passes">Another attempt, a moment later, may go better.</param>
    private sealed record Failure(OrchestratorException Problem, bool Passes);
}
