using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Tests;

/// <summary>A web server on a free port that answers as it is told: the coordinator's API without a coordinator.</summary>
public sealed class FakeCoordinator : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, Func<HttpContext, Task>> answers = new(StringComparer.Ordinal);

    private readonly ConcurrentQueue<(string Request, string Body)> bodies = new();

    private FakeCoordinator(WebApplication app) => this.app = app;

    /// <summary>Every request, as "METHOD /path?query".</summary>
    public ConcurrentQueue<string> Requests { get; } = new();
    public string Url => app.Urls.First();

    /// <summary>What came with requests like this one, in order.</summary>
    public IEnumerable<string> Bodies(string request) => bodies.Where(b => b.Request == request).Select(b => b.Body);

    public static async Task<FakeCoordinator> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var fake = new FakeCoordinator(builder.Build());
        fake.app.Run(fake.AnswerAsync);
        await fake.app.StartAsync();
        return fake;
    }

    /// <summary>How a request is answered: <c>GET /api/v1/runs</c>; the query does not count.</summary>
    public FakeCoordinator On(string request, Func<HttpContext, Task> answer)
    {
        answers[request] = answer;
        return this;
    }

    public FakeCoordinator On<T>(string request, T view, int status = 200, string contentType = "application/json") =>
        On(
            request,
            async context =>
            {
                context.Response.StatusCode = status;
                context.Response.ContentType = contentType;
                await context.Response.WriteAsync(JsonSerializer.Serialize(view, RunSpecJson.Options));
            }
        );

    public static async Task EventAsync<T>(HttpContext context, string type, string id, T view)
    {
        if (!context.Response.HasStarted)
        {
            context.Response.ContentType = "text/event-stream";
        }

        await context.Response.WriteAsync(
            $": heartbeat\n\nevent: {type}\nid: {id}\ndata: {JsonSerializer.Serialize(view, RunSpecJson.Options)}\n\n"
        );
        await context.Response.Body.FlushAsync();
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var request = $"{context.Request.Method} {context.Request.Path}";
        Requests.Enqueue(request + context.Request.QueryString);
        context.Request.EnableBuffering();
        using var body = new StreamReader(context.Request.Body, leaveOpen: true);
        bodies.Enqueue((request, await body.ReadToEndAsync()));
        context.Request.Body.Position = 0;
        if (answers.TryGetValue(request, out var answer))
        {
            await answer(context);
            return;
        }

        context.Response.StatusCode = 404;
        context.Response.ContentType = "application/problem+json";
        await context.Response.WriteAsync("""{"title":"Not found","status":404,"detail":"there is no run r-none"}""");
    }
}
