using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Orchestrator.Worker.Agent;
using Prometheus;

namespace Orchestrator.Worker.Telemetry;

/// <summary>The worker's HTTP side: <c>/metrics</c> for Prometheus, <c>/healthz</c> for people and probes, <c>/readyz</c> for supervisors.</summary>
public sealed class MetricsPage : IAsyncDisposable
{
    private readonly WebApplication application;

    private MetricsPage(WebApplication served, string url) => (application, Url) = (served, url);

    /// <summary>Base address with the real port.</summary>
    public string Url { get; }

    /// <param name="state">Where the worker stands now.</param>
    public static async Task<MetricsPage> StartAsync(
        Uri address,
        WorkerMetrics metrics,
        Func<AgentState> state,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls($"http://{address.Authority}");
        builder.Services.AddRoutingCore();
        var page = builder.Build();
        page.UseRouting();
        page.MapMetrics("/metrics", metrics.Registry);
        page.MapGet("/healthz", () => Health(state()));
        page.MapGet("/readyz", () => Readiness(state(), time.GetUtcNow()));
        await page.StartAsync(cancellation);
        var url = page.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new MetricsPage(page, url);
    }

    public async ValueTask DisposeAsync()
    {
        await application.StopAsync();
        await application.DisposeAsync();
    }

    private static IResult Readiness(AgentState state, DateTimeOffset now) =>
        AgentReadiness.Problem(state, now) is { } problem
            ? Results.Text(problem, statusCode: StatusCodes.Status503ServiceUnavailable)
            : Results.Text("ready");

    private static IResult Health(AgentState state) =>
        Results.Json(
            new
            {
                status = state.Refusal is null ? "ok" : "refused",
                refusal = state.Refusal,
                worker = state.WorkerId,
                incarnation = state.Incarnation,
                run = state.Run,
                phase = state.Phase.ToString(),
                generation = state.Generation,
                step = state.ProgressStep,
                draining = state.Draining,
                coordinator = state.Contacts.Current,
            }
        );
}
