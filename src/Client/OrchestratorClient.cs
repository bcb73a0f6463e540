using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Client;

/// <summary>
/// The coordinator's HTTP API, typed (docs/api.md): a method for each operation of docs/openapi.json, named as it is. Each attempt has a deadline; what can be
/// repeated without harm (all but the making of a token: reads, what is asked for twice with one effect, and a submission with its idempotency key) is tried
/// again after a lost connection, 429, 502, 503 or 504; with several coordinators the next one is asked, and a stand-by's redirect to the one that leads is
/// followed. Every method may throw <see cref="ProblemException"/>, <see cref="NoCoordinatorException"/> and <see cref="ForeignAnswerException"/>. Thread safe.
/// </summary>
public sealed class OrchestratorClient : IDisposable
{
    private readonly ClientConnection connection;

    /// <param name="server">Base address, http or https.</param>
    /// <param name="token">Sent with every request; null: none.</param>
    public OrchestratorClient(Uri server, string? token = null)
        : this([server], new OrchestratorClientOptions { Token = token }) { }

    /// <param name="servers">Base addresses of the coordinators of one cluster, one or more.</param>
    /// <param name="options">Default: no token, 10 s for an attempt.</param>
    /// <exception cref="ArgumentException">There is no address, or one is neither http nor https.</exception>
    public OrchestratorClient(IReadOnlyList<Uri> servers, OrchestratorClientOptions? options = null)
    {
        connection = new ClientConnection(servers, options ?? new OrchestratorClientOptions());
    }

    /// <summary>Over a client of your own, which stays yours.</summary>
    /// <param name="http">Has a <see cref="HttpClient.BaseAddress"/>. Its handler should not follow redirects (<c>AllowAutoRedirect = false</c>): .NET leaves the
    /// token behind. Its <see cref="HttpClient.Timeout"/> counts beside the deadline.</param>
    /// <param name="options">Default: no token, 10 s for an attempt.</param>
    /// <exception cref="ArgumentException">It has no base address.</exception>
    public OrchestratorClient(HttpClient http, OrchestratorClientOptions? options = null)
    {
        connection = new ClientConnection(
            http,
            http.BaseAddress is { } server ? [server] : throw new ArgumentException("BaseAddress: must be set.", nameof(http)),
            options ?? new OrchestratorClientOptions()
        );
    }

    /// <summary>The one that is asked now.</summary>
    public Uri Server => connection.Server;

    /// <summary>Submits a run.</summary>
    /// <param name="spec">A spec, YAML or JSON, at most 64 KiB.</param>
    /// <param name="idempotencyKey">The same key submits once, however often it is sent; at most 200 characters. Null: one is made, for the attempts of this call.</param>
    /// <param name="user">For whom the run trains, where no tokens are asked for; null: nobody by name.</param>
    /// <param name="labels">Each <c>key=value</c>; null: none.</param>
    /// <exception cref="ProblemException">400: the spec's <see cref="ProblemException.Errors"/>; 409: the key was used with another spec.</exception>
    public Task<SubmittedView> SubmitRunAsync(
        string spec,
        string? idempotencyKey = null,
        string? user = null,
        IReadOnlyList<string>? labels = null,
        CancellationToken cancellation = default
    )
    {
        var key = idempotencyKey ?? Guid.NewGuid().ToString("N");
        return connection.SendAsync<SubmittedView>(() => Submission(spec, key, [.. Labels(labels), ("user", user)]), cancellation);
    }

    /// <summary>What a submission would be: nothing is submitted.</summary>
    /// <param name="spec">A spec, YAML or JSON, at most 64 KiB.</param>
    /// <param name="labels">Each <c>key=value</c>; null: none.</param>
    /// <exception cref="ProblemException">As of <see cref="SubmitRunAsync"/>.</exception>
    public Task<DryRunView> LookAtSubmissionAsync(
        string spec,
        IReadOnlyList<string>? labels = null,
        CancellationToken cancellation = default
    ) => connection.SendAsync<DryRunView>(() => Submission(spec, null, [.. Labels(labels), ("dryRun", "true")]), cancellation);

    /// <summary>Submits the resolved spec of a run, with other fields.</summary>
    /// <param name="idempotencyKey">As of <see cref="SubmitRunAsync"/>.</param>
    /// <param name="user">For whom the run trains, where no tokens are asked for; null: nobody by name.</param>
    /// <param name="labels">Of the new run, each <c>key=value</c>; null: none.</param>
    public Task<SubmittedView> CloneRunAsync(
        string run,
        CloneRequest clone,
        string? idempotencyKey = null,
        string? user = null,
        IReadOnlyList<string>? labels = null,
        CancellationToken cancellation = default
    )
    {
        var key = idempotencyKey ?? Guid.NewGuid().ToString("N");
        return connection.SendAsync<SubmittedView>(() => Clone(run, clone, key, [.. Labels(labels), ("user", user)]), cancellation);
    }

    /// <summary>What a clone would be: nothing is submitted.</summary>
    public Task<DryRunView> LookAtCloneAsync(
        string run,
        CloneRequest clone,
        IReadOnlyList<string>? labels = null,
        CancellationToken cancellation = default
    ) => connection.SendAsync<DryRunView>(() => Clone(run, clone, null, [.. Labels(labels), ("dryRun", "true")]), cancellation);

    /// <summary>One page of the runs, in order of submission; every run when nothing is given.</summary>
    /// <param name="limit">So many at most, the newest, 1 to 1000; null: all.</param>
    /// <param name="before">Only runs that were submitted before this one: the page's <see cref="RunListView.Next"/>.</param>
    /// <param name="phase">In these phases only, comma-separated words; null: in any.</param>
    /// <param name="labels">With all of these only, each <c>key=value</c>; null: with any.</param>
    public Task<RunListView> ListRunsAsync(
        int? limit = null,
        string? before = null,
        string? phase = null,
        IReadOnlyList<string>? labels = null,
        CancellationToken cancellation = default
    ) =>
        GetAsync<RunListView>(
            $"api/v1/runs{Query([("limit", Text(limit)), ("before", before), ("phase", phase), .. Labels(labels)])}",
            cancellation
        );

    /// <summary>Runs from the newest to the oldest, page by page as they are taken.</summary>
    /// <param name="phase">In these phases only, comma-separated words; null: in any.</param>
    /// <param name="pageSize">1 to 1000.</param>
    public IAsyncEnumerable<RunView> EnumerateRunsAsync(
        string? phase = null,
        int pageSize = 100,
        CancellationToken cancellation = default
    ) =>
        Pages.ReadAsync<RunListView, string, RunView>(
            (before, stop) => ListRunsAsync(pageSize, before, phase, cancellation: stop),
            page => (page.Runs.Reverse(), page.Next),
            cancellation
        );

    /// <summary>A run as it stands.</summary>
    public Task<RunView> GetRunAsync(string run, CancellationToken cancellation = default) => GetAsync<RunView>(Of(run), cancellation);

    /// <summary>Everything about a run: spec, members, generations, hashes, checkpoints, evaluation.</summary>
    public Task<RunDetailView> GetRunDetailAsync(string run, CancellationToken cancellation = default) =>
        GetAsync<RunDetailView>($"{Of(run)}/detail", cancellation);

    /// <summary>One page of a run's rows, by step.</summary>
    /// <param name="from">First step, 0-based.</param>
    /// <param name="limit">1 to 5000.</param>
    public Task<StepRowsView> GetRunMetricsAsync(string run, long from = 0, int limit = 5000, CancellationToken cancellation = default) =>
        GetAsync<StepRowsView>($"{Of(run)}/metrics{Query(("from", Text(from)), ("limit", Text(limit)))}", cancellation);

    /// <summary>Every stored row of a run from a step on, page by page as they are taken.</summary>
    public IAsyncEnumerable<StepRowView> EnumerateRowsAsync(string run, long from = 0, CancellationToken cancellation = default) =>
        Pages.ReadAsync<StepRowsView, long?, StepRowView>(
            (next, stop) => GetRunMetricsAsync(run, next ?? from, cancellation: stop),
            page => (page.Rows, page.Next),
            cancellation
        );

    /// <summary>What happened to a run, in words.</summary>
    public Task<RunEventsView> GetRunHistoryAsync(string run, CancellationToken cancellation = default) =>
        GetAsync<RunEventsView>($"{Of(run)}/history", cancellation);

    /// <summary>
    /// What a run tells, live, until it has ended: rows and lines of its history each once and in order. A stream that breaks or falls silent is opened again after
    /// its last event (Last-Event-ID), at whichever coordinator leads by then. New kinds of updates may come with later versions: pass over those that are not known.
    /// </summary>
    /// <param name="patience">How long the coordinator may stay away; default a minute.</param>
    public IAsyncEnumerable<RunUpdate> StreamRunEventsAsync(
        string run,
        TimeSpan? patience = null,
        CancellationToken cancellation = default
    ) => new RunFeed(this, connection.Time, patience).FollowAsync(run, cancellation);

    /// <summary>Names, sizes and paths of a run's files.</summary>
    public Task<ArtifactsView> ListRunArtifactsAsync(string run, CancellationToken cancellation = default) =>
        GetAsync<ArtifactsView>($"{Of(run)}/artifacts", cancellation);

    /// <summary>Writes one of a run's files to a stream. What was written before an exception stays written.</summary>
    /// <param name="name">As the list of artifacts has it.</param>
    /// <returns>How many bytes were written.</returns>
    public async Task<long> DownloadRunArtifactAsync(string run, string name, Stream destination, CancellationToken cancellation = default)
    {
        using var response = await connection.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Get, $"{Of(run)}/artifacts/{Uri.EscapeDataString(name)}"),
            HttpCompletionOption.ResponseHeadersRead,
            cancellation
        );
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[81920];
        long written = 0;
        try
        {
            for (int read; (read = await body.ReadAsync(buffer, cancellation)) > 0; written += read)
            {
                await destination.WriteAsync(buffer.AsMemory(0, read), cancellation);
            }
        }
        catch (HttpIOException e)
        {
            throw new NoCoordinatorException([Server], $"the connection was lost after {written} bytes of {name}: {e.Message}", e);
        }

        return written;
    }

    /// <summary>Changes priority, bounds, labels or note.</summary>
    /// <returns>The run with what holds then.</returns>
    /// <exception cref="ProblemException">400: the change's <see cref="ProblemException.Errors"/>; 409: it has ended, and it is about more than labels and note.</exception>
    public Task<RunView> ChangeRunAsync(string run, RunChangeRequest change, CancellationToken cancellation = default) =>
        connection.SendAsync<RunView>(
            () => new HttpRequestMessage(HttpMethod.Patch, Of(run)) { Content = JsonContent.Create(change, options: RunSpecJson.Options) },
            cancellation
        );

    /// <summary>Asks for a run to stop, with its state in a checkpoint, and to have no workers until it is resumed; it may take a moment to follow.</summary>
    /// <exception cref="ProblemException">409: it has ended, or is finishing.</exception>
    public Task<RunView> PauseRunAsync(string run, CancellationToken cancellation = default) => AskAsync(run, "pause", cancellation);

    /// <summary>Lets a paused run have workers again.</summary>
    /// <exception cref="ProblemException">409: it has ended.</exception>
    public Task<RunView> ResumeRunAsync(string run, CancellationToken cancellation = default) => AskAsync(run, "resume", cancellation);

    /// <summary>Asks for the end of a run, with its state in a checkpoint first; it may take a moment to follow.</summary>
    /// <exception cref="ProblemException">409: it has ended.</exception>
    public Task<RunView> CancelRunAsync(string run, CancellationToken cancellation = default) => AskAsync(run, "cancel", cancellation);

    /// <summary>Asks for the end of a run at once, at the newest checkpoint that there is.</summary>
    /// <exception cref="ProblemException">409: it has ended.</exception>
    public Task<RunView> KillRunAsync(string run, CancellationToken cancellation = default) => AskAsync(run, "kill", cancellation);

    /// <summary>Lets a run that failed or was canceled go on from its newest checkpoint.</summary>
    /// <exception cref="ProblemException">409: it has neither failed nor been canceled.</exception>
    public Task<RunView> RetryRunAsync(string run, CancellationToken cancellation = default) => AskAsync(run, "retry", cancellation);

    /// <summary>Asks for a step to be computed again; asked again, it tells how that stands, and tries again what failed.</summary>
    /// <param name="step">0-based.</param>
    /// <exception cref="ProblemException">409: the step is not done yet, or no connected worker computes the run's bits.</exception>
    public Task<VerificationView> VerifyRunStepAsync(string run, long step, CancellationToken cancellation = default) =>
        PostAsync<VerificationView, VerificationRequest>($"{Of(run)}/verifications", new VerificationRequest(step), cancellation);

    /// <summary>How a verification stands.</summary>
    /// <exception cref="ProblemException">404: this coordinator was not asked for it; an earlier one may have been.</exception>
    public Task<VerificationView> GetRunVerificationAsync(string run, long step, CancellationToken cancellation = default) =>
        GetAsync<VerificationView>($"{Of(run)}/verifications/{Text(step)}", cancellation);

    /// <summary>Asks for the newest checkpoint to be judged; asked again, it tells how that stands, and tries again what failed.</summary>
    /// <param name="evaluation">How, as YAML or JSON (docs/evaluation.md).</param>
    /// <exception cref="ProblemException">400: its <see cref="ProblemException.Errors"/>; 409: no checkpoint yet, or no connected worker can.</exception>
    public Task<EvaluationErrandView> EvaluateRunAsync(string run, string evaluation, CancellationToken cancellation = default) =>
        connection.SendAsync<EvaluationErrandView>(
            () => new HttpRequestMessage(HttpMethod.Post, $"{Of(run)}/evaluations") { Content = new StringContent(evaluation) },
            cancellation
        );

    /// <summary>How an evaluation stands.</summary>
    /// <param name="key">As the answer to its order has it.</param>
    /// <exception cref="ProblemException">404: this coordinator was not asked for it; an earlier one may have been.</exception>
    public Task<EvaluationErrandView> GetRunEvaluationAsync(string run, string key, CancellationToken cancellation = default) =>
        GetAsync<EvaluationErrandView>($"{Of(run)}/evaluations/{Uri.EscapeDataString(key)}", cancellation);

    /// <summary>Evaluations that are done, in order of their end.</summary>
    public Task<EvaluationListView> ListRunEvaluationsAsync(string run, CancellationToken cancellation = default) =>
        GetAsync<EvaluationListView>($"{Of(run)}/evaluations", cancellation);

    /// <summary>Submits a sweep; its trials are runs of the submitter.</summary>
    /// <param name="sweep">YAML or JSON, at most 64 KiB (docs/sweeps.md).</param>
    /// <param name="idempotencyKey">As of <see cref="SubmitRunAsync"/>.</param>
    /// <param name="user">For whom its runs train, where no tokens are asked for; null: nobody by name.</param>
    /// <exception cref="ProblemException">400: the sweep's <see cref="ProblemException.Errors"/>; 409: the key was used with another sweep.</exception>
    public Task<SubmittedView> SubmitSweepAsync(
        string sweep,
        string? idempotencyKey = null,
        string? user = null,
        CancellationToken cancellation = default
    )
    {
        var key = idempotencyKey ?? Guid.NewGuid().ToString("N");
        return connection.SendAsync<SubmittedView>(
            () => Keyed($"api/v1/sweeps{Query(("user", user))}", Document(sweep), key),
            cancellation
        );
    }

    /// <summary>Every sweep, in order of submission.</summary>
    public Task<SweepListView> ListSweepsAsync(CancellationToken cancellation = default) =>
        GetAsync<SweepListView>("api/v1/sweeps", cancellation);

    /// <summary>A sweep with the table of its trials, best first.</summary>
    public Task<SweepDetailView> GetSweepAsync(string sweep, CancellationToken cancellation = default) =>
        GetAsync<SweepDetailView>($"api/v1/sweeps/{Uri.EscapeDataString(sweep)}", cancellation);

    /// <summary>Asks for the end of a sweep and its runs; it may take a moment to follow.</summary>
    /// <exception cref="ProblemException">409: it has ended.</exception>
    public Task<SweepDetailView> CancelSweepAsync(string sweep, CancellationToken cancellation = default) =>
        connection.SendAsync<SweepDetailView>(
            () => new HttpRequestMessage(HttpMethod.Post, $"api/v1/sweeps/{Uri.EscapeDataString(sweep)}/cancel"),
            cancellation
        );

    /// <summary>The workers, each as the coordinator last heard of it.</summary>
    public Task<WorkerListView> ListWorkersAsync(CancellationToken cancellation = default) =>
        GetAsync<WorkerListView>("api/v1/workers", cancellation);

    /// <summary>Lets a worker that is kept out of runs be used at once.</summary>
    public Task<WorkerView> ReleaseWorkerAsync(string worker, CancellationToken cancellation = default) =>
        connection.SendAsync<WorkerView>(
            () => new HttpRequestMessage(HttpMethod.Post, $"api/v1/workers/{Uri.EscapeDataString(worker)}/release"),
            cancellation
        );

    /// <summary>Makes a token, and not a second one whose secret nobody knows: once a coordinator may have done it, it is not asked again
    /// (<see cref="OrchestratorException.MayBeDone"/>).</summary>
    public Task<TokenCreatedView> CreateTokenAsync(TokenRequest token, CancellationToken cancellation = default) =>
        PostAsync<TokenCreatedView, TokenRequest>("api/v1/tokens", token, cancellation, once: true);

    /// <summary>Every token, without its secret; revoked and expired ones, too.</summary>
    public Task<TokenListView> ListTokensAsync(CancellationToken cancellation = default) =>
        GetAsync<TokenListView>("api/v1/tokens", cancellation);

    /// <summary>Refuses a token from now on.</summary>
    /// <param name="token">Its id.</param>
    public Task<TokenView> RevokeTokenAsync(string token, CancellationToken cancellation = default) =>
        connection.SendAsync<TokenView>(
            () => new HttpRequestMessage(HttpMethod.Delete, $"api/v1/tokens/{Uri.EscapeDataString(token)}"),
            cancellation
        );

    /// <summary>One page of what was to change something.</summary>
    /// <param name="from">First sequence, from 1 on.</param>
    /// <param name="limit">1 to 1000.</param>
    public Task<AuditView> ReadAuditLogAsync(long from = 1, int limit = 1000, CancellationToken cancellation = default) =>
        GetAsync<AuditView>($"api/v1/audit{Query(("from", Text(from)), ("limit", Text(limit)))}", cancellation);

    /// <summary>The audit log from a sequence on, page by page as it is taken.</summary>
    public IAsyncEnumerable<AuditEntryView> EnumerateAuditLogAsync(long from = 1, CancellationToken cancellation = default) =>
        Pages.ReadAsync<AuditView, long?, AuditEntryView>(
            (next, stop) => ReadAuditLogAsync(next ?? from, cancellation: stop),
            page => (page.Entries, page.Next),
            cancellation
        );

    /// <summary>Whether one of the coordinators' processes serves.</summary>
    public Task<bool> GetHealthAsync(CancellationToken cancellation = default) => IsAsync("healthz", cancellation);

    /// <summary>Whether one of the coordinators leads and answers; one that does not yet is asked for two seconds.</summary>
    public Task<bool> GetReadinessAsync(CancellationToken cancellation = default) => IsAsync("readyz", cancellation);

    /// <summary>Whether one of the coordinators leads, or stands by and knows who does; one that does not yet is asked for two seconds.</summary>
    public Task<bool> GetMembershipAsync(CancellationToken cancellation = default) => IsAsync("readyz/member", cancellation);

    public void Dispose() => connection.Dispose();

    /// <summary>Opens the run's stream of events, after the given event.</summary>
    internal async Task<HttpResponseMessage> OpenEventsAsync(string run, string? lastEventId, CancellationToken cancellation) =>
        await connection.SendAsync(
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

    private static HttpRequestMessage Submission(string spec, string? key, (string, string?)[] query) =>
        Keyed($"api/v1/runs{Query(query)}", Document(spec), key);

    private static StringContent Document(string text) =>
        new(text, Encoding.UTF8, text.TrimStart().StartsWith('{') ? "application/json" : "application/yaml");

    private static HttpRequestMessage Clone(string run, CloneRequest clone, string? key, (string, string?)[] query) =>
        Keyed($"{Of(run)}/clone{Query(query)}", JsonContent.Create(clone, options: RunSpecJson.Options), key);

    private static HttpRequestMessage Keyed(string path, HttpContent content, string? key)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        return request;
    }

    private static IEnumerable<(string, string?)> Labels(IReadOnlyList<string>? labels) =>
        (labels ?? []).Select(label => ("label", (string?)label));

    private Task<RunView> AskAsync(string run, string verb, CancellationToken cancellation) =>
        connection.SendAsync<RunView>(() => new HttpRequestMessage(HttpMethod.Post, $"{Of(run)}/{verb}"), cancellation);

    private static string Of(string run) => $"api/v1/runs/{Uri.EscapeDataString(run)}";

    private static string? Text(long? value) => value?.ToString(CultureInfo.InvariantCulture);

    private static string Query(params (string Name, string? Value)[] parts)
    {
        var given = parts.Where(p => p.Value is not null).Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value!)}");
        return string.Join('&', given) is { Length: > 0 } query ? $"?{query}" : "";
    }

    private Task<T> GetAsync<T>(string path, CancellationToken cancellation) =>
        connection.SendAsync<T>(() => new HttpRequestMessage(HttpMethod.Get, path), cancellation);

    private Task<T> PostAsync<T, TBody>(string path, TBody body, CancellationToken cancellation, bool once = false) =>
        connection.SendAsync<T>(
            () => new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body, options: RunSpecJson.Options) },
            cancellation,
            once
        );

    private async Task<bool> IsAsync(string path, CancellationToken cancellation)
    {
        try
        {
            using var response = await connection.SendAsync(
                () => new HttpRequestMessage(HttpMethod.Get, path),
                HttpCompletionOption.ResponseContentRead,
                cancellation
            );
            return true;
        }
        catch (ProblemException e) when (e.Status == HttpStatusCode.ServiceUnavailable)
        {
            return false;
        }
    }
}
