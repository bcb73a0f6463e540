using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Coordinator.Tests.Hosting;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;
using Orchestrator.Shared.Sweeps;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Api;

/// <summary>The API's description says everything of every address.</summary>
public sealed class ReferenceTests(CoordinatorFixture coordinator) : IClassFixture<CoordinatorFixture>
{
    /// <summary>With this variable the stored document is written instead of compared.</summary>
    private const string Approve = "APPROVE_OPENAPI";

    /// <summary>Addresses that are no part of the API: the page, the reference itself, and what Prometheus reads.</summary>
    private static readonly string[] Others =
    [
        "/",
        "/app.css",
        "/app.js",
        "/docs",
        "/docs/docs.js",
        "/docs/scalar.js",
        "/metrics",
        "/openapi/{documentName}.json",
    ];

    private static readonly RunSpec Gmml = RunSpecParser.Parse("method: gmml\ndata: { images: a, labels: b, holdOut: 10 }\n").Spec!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_address_is_in_the_document()
    {
        var described = Operations(await DocumentAsync()).Select(o => o.Address).Order(StringComparer.Ordinal);
        var served = coordinator
            .Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Where(e => !Others.Contains($"/{e.RoutePattern.RawText!.TrimStart('/')}"))
            .Select(e => $"{e.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Single()} {Path(e)}")
            .Order(StringComparer.Ordinal);
        Assert.Equal(served, described);
    }

    [Fact]
    public async Task Every_operation_has_a_name_a_summary_a_known_tag_answers_examples_and_access()
    {
        var document = await DocumentAsync();
        var tags = document["tags"]!.AsArray().Select(t => $"{t!["name"]}").ToArray();
        var missing = new List<string>();
        foreach (var (address, operation) in Operations(document))
        {
            void Need(bool holds, string what)
            {
                if (!holds)
                {
                    missing.Add($"{address}: {what}");
                }
            }

            Need(operation["operationId"] is not null, "an operationId: Operation(tag, id, summary)");
            Need($"{operation["summary"]}".Length is > 5 and < 80, "a summary of one line");
            Need(operation["tags"] is JsonArray { Count: 1 } tag && tags.Contains($"{tag[0]}"), "a tag of ApiTags");
            Need($"{operation["description"]}".Length > 0, "a description");
            Need(operation["security"] is JsonArray, "what token it takes");
            var answers = operation["responses"]!.AsObject();
            Need(answers.Any(a => a.Key[0] == '2'), "an answer when it goes well: Answers(example, when)");
            foreach (var (status, answer) in answers)
            {
                Need($"{answer!["description"]}".Length > 3, $"what {status} means");
                foreach (var (type, content) in answer["content"]?.AsObject() ?? [])
                {
                    Need(content!["schema"] is not null, $"a schema of {status} {type}");
                    Need(
                        content["example"] is not null || content["examples"] is JsonObject { Count: > 0 } || IsBytes(content),
                        $"an example of {status}"
                    );
                }
            }

            foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
            {
                Need(parameter!["description"] is not null, $"what {parameter["name"]} is: [Description]");
                Need(!IsUnbounded(parameter["schema"]!), $"bounds of {parameter["name"]}: [Range]");
            }

            var body = operation["requestBody"];
            Need(
                body is null || body["content"]!.AsObject().All(c => c.Value!["example"] is not null),
                "an example of its body: Takes(example)"
            );
        }

        Assert.True(missing.Count == 0, string.Join('\n', missing));
        Assert.Equal(
            Operations(document).Count(),
            Operations(document).Select(o => $"{o.Operation["operationId"]}").Distinct(StringComparer.Ordinal).Count()
        );
    }

    [Fact]
    public async Task What_an_address_takes_and_refuses_is_what_it_does()
    {
        var document = await DocumentAsync();
        var submit = document["paths"]!["/api/v1/runs"]!["post"]!;
        Assert.Equal("researcher", $"{submit["security"]![0]!["token"]![0]}");
        Assert.Equal(
            ["200", "201", "307", "400", "401", "403", "409", "413", "429", "503"],
            submit["responses"]!.AsObject().Select(r => r.Key).Order(StringComparer.Ordinal)
        );
        Assert.Equal(
            ["application/json", "application/yaml"],
            submit["requestBody"]!["content"]!.AsObject().Select(c => c.Key).Order(StringComparer.Ordinal)
        );
        Assert.Equal("bearer", $"{document["components"]!["securitySchemes"]!["token"]!["scheme"]}");
        Assert.Empty(document["paths"]!["/healthz"]!["get"]!["security"]!.AsArray());
        var limit = document["paths"]!["/api/v1/runs"]!["get"]!["parameters"]!.AsArray().Single(p => $"{p!["name"]}" == "limit")![
            "schema"
        ]!;
        Assert.Equal((1, 1000), ((int)limit["minimum"]!, (int)limit["maximum"]!));
        Assert.Equal("Bearer realm=\"orchestrator\"", $"{submit["responses"]!["401"]!["headers"]!["WWW-Authenticate"]!["example"]}");
    }

    [Fact]
    public async Task Examples_of_documents_are_documents()
    {
        var document = await DocumentAsync();
        foreach (var (address, operation) in Operations(document))
        {
            foreach (
                var content in operation["requestBody"]
                    ?["content"]?.AsObject()
                    .Where(_ => operation["requestBody"]!["content"]!["application/yaml"] is not null)
                    ?? []
            )
            {
                var example = content.Value!["example"]!;
                var text = example.GetValueKind() == JsonValueKind.String ? (string)example! : example.ToJsonString();
                var errors = address switch
                {
                    _ when address.EndsWith("/evaluations", StringComparison.Ordinal) => EvaluationSpecParser.Parse(text, Gmml).Errors,
                    _ when address.EndsWith("/clone", StringComparison.Ordinal) => RunClone.Parse(text, RunSpecJson.Write(Gmml)).Errors,
                    _ when address.EndsWith("/sweeps", StringComparison.Ordinal) => SweepSpecParser.Parse(text).Errors,
                    _ when address.StartsWith("PATCH ", StringComparison.Ordinal) => RunChangeParser.Parse(text).Errors,
                    _ => RunSpecParser.Parse(text).Errors,
                };
                Assert.True(errors.Count == 0, $"{address} {content.Key}: {string.Join("; ", errors)}");
            }
        }
    }

    /// <summary>Written anew by <c>APPROVE_OPENAPI=1 dotnet test tests/Coordinator.Tests --filter ReferenceTests</c>.</summary>
    [Fact]
    public async Task The_stored_document_is_the_one_that_is_served()
    {
        var served = (await coordinator.Http.GetStringAsync("/openapi/v1.json", Cancellation)).TrimEnd() + "\n";
        var path = System.IO.Path.Combine(Root(), "docs", "openapi.json");
        if (Environment.GetEnvironmentVariable(Approve) == "1")
        {
            await File.WriteAllTextAsync(path, served, Cancellation);
        }

        var stored = File.Exists(path) ? await File.ReadAllTextAsync(path, Cancellation) : "";
        Assert.True(
            served == stored,
            $"docs/openapi.json is not what the coordinator serves: {Approve}=1 dotnet test tests/Coordinator.Tests --filter ReferenceTests"
        );
    }

    private async Task<JsonObject> DocumentAsync() =>
        JsonNode.Parse(await coordinator.Http.GetStringAsync("/openapi/v1.json", Cancellation))!.AsObject();

    private static IEnumerable<(string Address, JsonObject Operation)> Operations(JsonObject document) =>
        document["paths"]!
            .AsObject()
            .SelectMany(path => path.Value!.AsObject().Select(o => ($"{o.Key.ToUpperInvariant()} {path.Key}", o.Value!.AsObject())));

    private static string Path(RouteEndpoint endpoint) =>
        $"/{string.Join('/', endpoint.RoutePattern.PathSegments.Select(s => string.Concat(s.Parts.Select(p => p switch
        {
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart parameter => $"{{{parameter.Name}}}",
            _ => "?",
        }))))}";

    private static bool IsBytes(JsonNode content) =>
        $"{content["schema"]!["format"]}" == "binary" || $"{content["schema"]!["$ref"]}".EndsWith("/Stream", StringComparison.Ordinal);

    private static bool IsUnbounded(JsonNode schema) =>
        $"{schema["type"]}".Contains("integer", StringComparison.Ordinal)
        && (schema["minimum"] is null || (schema["maximum"] is null && $"{schema["format"]}" != "int64"));

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(System.IO.Path.Combine(folder.FullName, "Orchestrator.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }
}
