using Microsoft.OpenApi;
using Orchestrator.Coordinator.Access;

namespace Orchestrator.Coordinator.Api.Reference;

/// <summary>The API's description, <c>/openapi/v1.json</c>: made of the endpoints, and kept as docs/openapi.json.</summary>
public static class ApiReference
{
    public const string Document = "v1";

    private const string About = """
        Submit pretraining runs to a cluster, follow them, and look at what they found.

        JSON has camelCase keys and kebab-case words, and leaves nulls out. Errors are problem+json (RFC 9457): `detail` says what is wrong and what would
        be right. Of several coordinators one leads; the others answer 307 with its address, and 503 for some seconds while nobody leads.
        """;

    private const string AboutToken = """
        A token, where the coordinator asks for one (docs/security.md). A requirement names the smallest scope that does: `viewer` reads, `researcher` submits
        and changes runs of its own, `operator` does everything. Without tokens among its settings a coordinator listens on loopback only and asks nobody.
        """;

    public static void AddApiReference(this IServiceCollection services) =>
        services.AddOpenApi(
            Document,
            options =>
            {
                options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
                options.AddSchemaTransformer<SchemaTransformer>();
                options.AddOperationTransformer<OperationTransformer>();
                options.AddDocumentTransformer((document, _, _) => Describe(document));
            }
        );

    public static void MapApiReference(this IEndpointRouteBuilder app) => app.MapOpenApi().OpenToAll();

    private static Task Describe(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Orchestrator",
            Version = typeof(ApiReference).Assembly.GetName().Version!.ToString(3),
            Description = About,
        };
        // Wherever it is read from: the same document at every coordinator.
        document.Servers = [new OpenApiServer { Url = "/", Description = "The coordinator that serves this document." }];
        document.Tags = new HashSet<OpenApiTag>(ApiTags.All.Select(t => new OpenApiTag { Name = t.Name, Description = t.Description }));
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
        {
            [OperationTransformer.Scheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                BearerFormat = "orch_ID_SECRET",
                Description = AboutToken,
            },
        };
        return Task.CompletedTask;
    }
}
