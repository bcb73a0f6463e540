using System.Reflection;
using Orchestrator.Coordinator.Access;

namespace Orchestrator.Coordinator.Dashboard;

/// <summary>The live page: three files of the assembly. It loads nothing from elsewhere, and its policy forbids that it does.</summary>
public static class DashboardEndpoints
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void MapDashboard(this IEndpointRouteBuilder app)
    {
        Map(app, "/", "index.html", "text/html; charset=utf-8");
        Map(app, "/app.css", "app.css", "text/css; charset=utf-8");
        Map(app, "/app.js", "app.js", "text/javascript; charset=utf-8");
    }

    private static void Map(IEndpointRouteBuilder app, string route, string file, string type)
    {
        var content = Load(file);
        app.MapGet(
                route,
                (HttpResponse response) =>
                {
                    response.Headers.ContentSecurityPolicy = Policy;
                    response.Headers.XContentTypeOptions = "nosniff";
                    response.Headers.CacheControl = "no-cache";
                    return Results.Bytes(content, type);
                }
            )
            .OpenToAll()
            .ExcludeFromDescription();
    }

    private static byte[] Load(string file)
    {
        using var stream =
            Assembly.GetExecutingAssembly().GetManifestResourceStream($"Dashboard/{file}")
            ?? throw new InvalidOperationException($"The page's {file} is not in the assembly.");
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }
}
