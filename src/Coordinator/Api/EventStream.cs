using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using Orchestrator.Coordinator.Api.Reference;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Storage;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Api;

/// <summary>
/// <c>GET /api/v1/runs/{id}/events</c>: server-sent events <c>run</c> (a RunView, when it changes), <c>step</c> (a StepRowView) and <c>event</c> (a RunEventView).
/// A stream is a cursor over what is stored: nothing is buffered for a slow client, and Last-Event-ID goes on without a gap. A new stream begins with
/// the whole history and the newest step; <c>?from=STEP</c> asks for earlier ones. Ends after the run has,
/// and when another coordinator leads.
/// </summary>
public static class EventStream
{
    private const int RowsAtOnce = 500;
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);

    /// <summary>Changes that come closer together are sent together.</summary>
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(100);

    public static void MapEventStream(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/runs/{id}/events", StreamAsync)
            .Operation(
                ApiTags.Results,
                "streamRunEvents",
                "Follow a run live",
                """
                Server-sent events. `event:` says what `data:` is, in JSON on one line:

                | event | data |
                |---|---|
                | `run` | a RunView: the run as it stands, when that has changed |
                | `step` | a StepRowView: a row of a step, each once and in order |
                | `event` | a RunEventView: a line of the history, each once and in order |

                Kinds that a client does not know are to be passed over. A comment each 10 s keeps the connection open. `id:` is where the stream stands: sent back as
                `Last-Event-ID`, at whichever coordinator leads by then, the stream goes on after it without a gap. A new stream begins with the whole history and
                the newest step. It ends after the run has, and when another coordinator leads.
                """
            )
            .AnswersText(ApiExamples.Events, "Events, as they come.", StatusCodes.Status200OK, "text/event-stream");

    private static async Task<IResult> StreamAsync(
        string id,
        HttpContext context,
        RunBoard board,
        Lookup runs,
        StepRowStore rows,
        TimeProvider time,
        [FromHeader(Name = "Last-Event-ID")]
        [Description("The id of the last event that was seen: the stream goes on after it.")]
        [RegularExpression(StreamCursor.Pattern)]
            string? lastEventId = null,
        [Description("Of a new stream: rows from this step on, 0-based; left out: from the newest.")]
        [Range(0, long.MaxValue)]
            long? from = null
    )
    {
        if (board.Follow(id) is not { } followed)
        {
            return runs.With(id, _ => Results.NotFound());
        }

        var cancellation = context.RequestAborted;
        var cursor =
            StreamCursor.Read(lastEventId ?? "") ?? new StreamCursor(from ?? Math.Max(0, (followed.State.Progress?.Next ?? 0) - 1), 0);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        string? shown = null;
        try
        {
            // It leaves the board when this coordinator leads no more: the client asks again, and finds the one that does.
            while (board.Follow(id) is { } newest)
            {
                var (state, changed) = newest;
                cursor = await SendAsync(context.Response, state, cursor, rows, cancellation);
                var view = JsonSerializer.Serialize(RunViewer.View(state), RunSpecJson.Options);
                if (view != shown)
                {
                    await WriteAsync(context.Response, cursor, "run", view, cancellation);
                    shown = view;
                }

                await context.Response.Body.FlushAsync(cancellation);
                if (state.End is not null && cursor.NextStep >= (state.Progress?.Next ?? 0))
                {
                    return Results.Empty;
                }

                await Task.Delay(Least, time, cancellation);
                await changed.WaitAsync(Heartbeat, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellation.ThrowIfCancellationRequested();
                if (!changed.IsCompleted)
                {
                    await context.Response.WriteAsync(": heartbeat\n\n", cancellation);
                }
            }

            return Results.Empty;
        }
        catch (OperationCanceledException)
        {
            // The client is gone.
            return Results.Empty;
        }
    }

    private static async Task<StreamCursor> SendAsync(
        HttpResponse response,
        RunState state,
        StreamCursor cursor,
        StepRowStore rows,
        CancellationToken cancellation
    )
    {
        foreach (var line in state.History.Skip((int)Math.Min(cursor.NextEvent, int.MaxValue)))
        {
            cursor = cursor with { NextEvent = line.Sequence + 1 };
            await WriteAsync(response, cursor, "event", JsonSerializer.Serialize(line, RunSpecJson.Options), cancellation);
        }

        while (cursor.NextStep < (state.Progress?.Next ?? 0))
        {
            var found = rows.Read(state.Run, cursor.NextStep, RowsAtOnce);
            foreach (var row in found)
            {
                cursor = cursor with { NextStep = row.Step + 1 };
                await WriteAsync(response, cursor, "step", JsonSerializer.Serialize(RunViewer.Row(row), RunSpecJson.Options), cancellation);
            }

            if (found.Count == 0)
            {
                break;
            }
        }

        return cursor;
    }

    private static Task WriteAsync(HttpResponse response, StreamCursor cursor, string kind, string json, CancellationToken cancellation) =>
        response.WriteAsync($"id: {cursor}\nevent: {kind}\ndata: {json}\n\n", cancellation);
}
