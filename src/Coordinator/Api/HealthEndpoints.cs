using Orchestrator.Coordinator.Access;
using Orchestrator.Coordinator.Api.Reference;
using Orchestrator.Coordinator.Fleet;

namespace Orchestrator.Coordinator.Api;

/// <summary>/healthz: the process serves. /readyz: the head has adopted the journal and answers. /readyz/member: it leads, or counts as a stand-by and knows who leads.</summary>
public static class HealthEndpoints
{
    public static void MapHealthEndpoints(this IEndpointRouteBuilder app)
    {
        app.MapGet("/healthz", () => Results.Text("ok"))
            .OpenToAll()
            .Operation(ApiTags.Health, "getHealth", "Ask whether the process serves")
            .AnswersText("ok", "It serves.");
        app.MapGet("/readyz", (HeadGateway gateway) => gateway.IsOpen ? Results.Text("ready") : Problems.NotReady())
            .OpenToAll()
            .Operation(ApiTags.Health, "getReadiness", "Ask whether the head is here and answers")
            .AnswersText("ready", "It is.")
            .Refuses(Problems.NotReady());
        // A stand-by that is never ready would hold up whoever restarts coordinators one after another.
        app.MapGet(
                "/readyz/member",
                (HeadGateway gateway) =>
                    gateway.IsOpen ? Results.Text("leads")
                    : gateway.StandsByFor is { } active ? Results.Text($"follows {active}")
                    : Problems.NotReady()
            )
            .OpenToAll()
            .Operation(
                ApiTags.Health,
                "getMembership",
                "Ask whether this coordinator leads, or stands by and knows who does",
                "For whoever restarts coordinators one after another."
            )
            .AnswersText("leads", "It leads (`leads`), or stands by (`follows ADDRESS`).")
            .Refuses(Problems.NotReady());
    }
}
