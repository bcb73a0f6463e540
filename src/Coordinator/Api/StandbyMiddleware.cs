using Orchestrator.Coordinator.Fleet;

namespace Orchestrator.Coordinator.Api;

/// <summary>
/// What only the coordinator that leads can tell is not answered by another one: API and page lead there (307), or say that nobody leads now (503).
/// So no client sees a state that is not the newest, and one that follows redirects may ask any coordinator.
/// </summary>
public static class StandbyMiddleware
{
    public static void UseStandby(this WebApplication app) =>
        app.Use(
            (context, next) =>
            {
                var gateway = context.RequestServices.GetRequiredService<HeadGateway>();
                var isApi = context.Request.Path.StartsWithSegments("/api/v1");
                if (gateway.IsOpen || !(isApi || context.Request.Path == "/"))
                {
                    return next(context);
                }

                if (gateway.Elsewhere is { } active)
                {
                    context.Response.Headers.Location = new Uri(active, $"{context.Request.Path}{context.Request.QueryString}").AbsoluteUri;
                    return Problems.Elsewhere(active).ExecuteAsync(context);
                }

                // The page itself is no state: it shows that nobody answers, and goes on when somebody does.
                return isApi ? Problems.NotReady().ExecuteAsync(context) : next(context);
            }
        );
}
