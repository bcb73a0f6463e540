using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using Orchestrator.Coordinator.Access;
using Scalar.AspNetCore;

namespace Orchestrator.Coordinator.Api.Reference;

/// <summary>
/// <c>/docs</c>: the API's description as a page. Its script is Scalar's (MIT), out of the package Scalar.AspNetCore: nothing is loaded from elsewhere, and the
/// policy forbids that it is. Scalar writes its styles with the page's nonce.
/// </summary>
public static class ReferencePage
{
    /// <summary>In the assembly of the package, compressed.</summary>
    private const string Script = "ScalarStaticAssets.scalar.js";

    public static void MapReferencePage(this IEndpointRouteBuilder app)
    {
        var page = Text("docs.html");
        var start = Text("docs.js");
        app.MapGet(
                "/docs",
                (HttpResponse response) =>
                {
                    var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
                    response.Headers.ContentSecurityPolicy = Policy(nonce);
                    return File(
                        response,
                        () => Results.Text(page.Replace("{nonce}", nonce, StringComparison.Ordinal), "text/html; charset=utf-8")
                    );
                }
            )
            .OpenToAll()
            .ExcludeFromDescription();
        app.MapGet("/docs/docs.js", (HttpResponse response) => File(response, () => Results.Text(start, "text/javascript; charset=utf-8")))
            .OpenToAll()
            .ExcludeFromDescription();
        app.MapGet("/docs/scalar.js", (HttpContext context) => File(context.Response, () => ScalarScript(context)))
            .OpenToAll()
            .ExcludeFromDescription();
    }

    private static string Policy(string nonce) =>
        $"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; connect-src 'self'; img-src 'self' data:; font-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static IResult File(HttpResponse response, Func<IResult> content)
    {
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.CacheControl = "no-cache";
        return content();
    }

    private static IResult ScalarScript(HttpContext context)
    {
        var script = Resource(typeof(ScalarOptions).Assembly, Script);
        if (context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase))
        {
            context.Response.Headers.ContentEncoding = "gzip";
        }
        else
        {
            script = new GZipStream(script, CompressionMode.Decompress);
        }

        context.Response.Headers.Vary = "Accept-Encoding";
        return Results.Stream(script, "text/javascript; charset=utf-8");
    }

    private static string Text(string file)
    {
        using var reader = new StreamReader(Resource(Assembly.GetExecutingAssembly(), $"Reference/{file}"));
        return reader.ReadToEnd();
    }

    private static Stream Resource(Assembly assembly, string name) =>
        assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not in {assembly.GetName().Name}.");
}
