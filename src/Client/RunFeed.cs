using System.Net;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Client;

/// <summary>
/// A run's server-sent events as a sequence that ends with the run. A stream that breaks or falls silent is opened again after its last event
/// (Last-Event-ID); a coordinator that stays away longer than the patience ends the sequence with an <see cref="OrchestratorException"/>.
/// </summary>
internal sealed class RunFeed(OrchestratorClient client, TimeProvider time, TimeSpan? patience = null)
{
    /// <summary>Events or not, the connection is made anew after this: a peer that vanished without a word is found.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.5);

    private readonly TimeSpan patience = patience ?? TimeSpan.FromSeconds(60);

    public async IAsyncEnumerable<RunUpdate> FollowAsync(string run, [EnumeratorCancellation] CancellationToken cancellation)
    {
        string? lastEventId = null;
        var lastHeard = time.GetTimestamp();
        while (true)
        {
            // The state first: it tells of an end that came while no stream was open.
            var view = await TryAsync(() => client.GetRunAsync(run, cancellation), lastHeard);
            if (view is not null)
            {
                lastHeard = time.GetTimestamp();
                yield return new RunSeen(view);
                if (view.Phase.IsEnded())
                {
                    yield break;
                }

                using var response = await TryAsync(() => client.OpenEventsAsync(run, lastEventId, cancellation), lastHeard);
                if (response is not null)
                {
                    await using var body = await response.Content.ReadAsStreamAsync(cancellation);
                    await foreach (var item in ReadAsync(body, cancellation))
                    {
                        lastHeard = time.GetTimestamp();
                        lastEventId = item.EventId ?? lastEventId;
                        if (Parse(item) is { } update)
                        {
                            yield return update;
                            if (update is RunSeen { Run.Phase: var phase } && phase.IsEnded())
                            {
                                yield break;
                            }
                        }
                    }
                }
            }

            await Task.Delay(Pause, time, cancellation);
        }
    }

    /// <summary>Null when the coordinator is away and may come back.</summary>
    private async Task<T?> TryAsync<T>(Func<Task<T>> ask, long lastHeard)
        where T : class
    {
        try
        {
            return await ask();
        }
        catch (OrchestratorException e) when (MayPass(e) && time.GetElapsedTime(lastHeard) < patience)
        {
            return null;
        }
    }

    /// <summary>Whether it is no fault of the request.</summary>
    private static bool MayPass(OrchestratorException e) =>
        e is not ProblemException { Status: >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError } problem
        || problem.Status == HttpStatusCode.TooManyRequests;

    /// <summary>Items until the stream ends, breaks or falls silent.</summary>
    private async IAsyncEnumerable<SseItem<string>> ReadAsync(Stream body, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var silence = new CancellationTokenSource(Silence, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellation);
        await using var items = SseParser.Create(body).EnumerateAsync(either.Token).GetAsyncEnumerator(either.Token);
        while (true)
        {
            try
            {
                if (!await items.MoveNextAsync())
                {
                    yield break;
                }
            }
            catch (Exception e)
                when (e is IOException or HttpRequestException || (e is OperationCanceledException && !cancellation.IsCancellationRequested)
                )
            {
                yield break;
            }

            silence.CancelAfter(Silence);
            yield return items.Current;
        }
    }

    /// <summary>Null for a kind of event that this version does not know.</summary>
    private static RunUpdate? Parse(SseItem<string> item)
    {
        try
        {
            return item.EventType switch
            {
                "run" => JsonSerializer.Deserialize<RunView>(item.Data, RunSpecJson.Options) is { } run ? new RunSeen(run) : null,
                "step" => JsonSerializer.Deserialize<StepRowView>(item.Data, RunSpecJson.Options) is { } row ? new StepSeen(row) : null,
                "event" => JsonSerializer.Deserialize<RunEventView>(item.Data, RunSpecJson.Options) is { } line
                    ? new EventSeen(line)
                    : null,
                _ => null,
            };
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
