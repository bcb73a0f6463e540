using Orchestrator.Coordinator.Fleet;

namespace Orchestrator.Coordinator.Api;

/// <summary>/healthz: the process serves. /readyz: the head has adopted the journal and answers.</summary>
public static class HealthEndpoints
{
    public static void MapHealthEndpoints(this IEndpointRouteBuilder app)
    {
        app.MapGet("/healthz", () => Results.Text("ok")).ExcludeFromDescription();
        app.MapGet("/readyz", (HeadGateway gateway) => gateway.IsOpen ? Results.Text("ready") : Problems.NotReady())
            .ExcludeFromDescription();
    }
}
