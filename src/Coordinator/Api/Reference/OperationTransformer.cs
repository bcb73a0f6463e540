using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Orchestrator.Coordinator.Access;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Api.Reference;

/// <summary>Writes into an operation what its endpoint says of itself (<see cref="OperationConventions"/>) and what its access says (<see cref="ScopeNeeded"/>).</summary>
internal sealed class OperationTransformer : IOpenApiOperationTransformer
{
    public const string Scheme = "token";

    public async Task TransformAsync(
        OpenApiOperation operation,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata.AsReadOnly();
        var path = $"/{context.Description.RelativePath}";
        AddAccess(operation, ScopeNeeded.Of(metadata, context.Description.HttpMethod!), context.Document!);
        DescribeParameters(operation, path);
        foreach (var document in metadata.OfType<DocumentBody>())
        {
            operation.RequestBody = await BodyAsync(document, context, cancellationToken);
        }

        foreach (var example in metadata.OfType<BodyExample>())
        {
            operation.RequestBody!.Content!.Remove("application/problem+json");
            operation.RequestBody.Content[OperationConventions.Json].Example = Node(example.Value);
        }

        operation.Responses = Sorted(operation.Responses!);
        foreach (var (status, response) in operation.Responses)
        {
            Complete((OpenApiResponse)response, int.Parse(status), metadata);
        }
    }

    private static OpenApiResponses Sorted(OpenApiResponses responses)
    {
        var sorted = new OpenApiResponses();
        foreach (var (status, response) in responses.OrderBy(r => r.Key, StringComparer.Ordinal))
        {
            sorted[status] = response;
        }

        return sorted;
    }

    private static void AddAccess(OpenApiOperation operation, ScopeNeeded needed, OpenApiDocument document)
    {
        operation.Security = needed.Scope is { } scope
            ? [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, document)] = [SpecWords.Word(scope)] }]
            : [];
        var takes = needed.Scope is { } word
            ? $"Takes a token of scope `{SpecWords.Word(word)}` or a larger one, where tokens are asked for."
            : "Open to all.";
        operation.Description = operation.Description is { } more ? $"{more}\n\n{takes}" : takes;
    }

    private static void DescribeParameters(OpenApiOperation operation, string path)
    {
        foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
        {
            if (parameter.Schema is OpenApiSchema { Format: "int64" } schema)
            {
                // An attribute's bound is a double, and 2⁶³ none of this type.
                schema.Maximum = null;
            }

            if (parameter.Name == "id" && path.StartsWith("/api/v1/runs/{id}", StringComparison.Ordinal))
            {
                parameter.Description ??= "The run, as its submission named it.";
                parameter.Example = ApiExamples.RunName;
                ((OpenApiSchema)parameter.Schema!).Pattern = RunId.Pattern;
            }
        }
    }

    private static async Task<OpenApiRequestBody> BodyAsync(
        DocumentBody body,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellation
    )
    {
        var name = body.Schema.Name;
        var schema = await context.GetOrCreateSchemaAsync(body.Schema, null, cancellation);
        schema.Metadata?.Remove("x-schema-id");
        context.Document!.AddComponent(name, schema);
        return new OpenApiRequestBody
        {
            Required = true,
            Description = body.Description,
            Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
            {
                ["application/yaml"] = new()
                {
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String, Description = $"`{name}` in YAML." },
                    Example = body.Yaml,
                },
                [OperationConventions.Json] = new()
                {
                    Schema = new OpenApiSchemaReference(name, context.Document),
                    Example = Node(body.Resolved),
                },
            },
        };
    }

    private static void Complete(OpenApiResponse response, int status, IReadOnlyList<object> metadata)
    {
        response.Description = metadata.OfType<IProducesResponseTypeMetadata>().Last(p => p.StatusCode == status).Description;
        foreach (var example in metadata.OfType<AnswerExample>().Where(e => e.Status == status))
        {
            if (response.Content?.TryGetValue(example.MediaType, out var content) == true)
            {
                content.Example = Node(example.Value);
            }
        }

        var refusals = metadata.OfType<RefusalExample>().Where(r => r.Problem.StatusCode == status).ToList();
        if (refusals.Count > 0 && response.Content?.TryGetValue(OperationConventions.Problem, out var problem) == true)
        {
            problem.Examples = new Dictionary<string, IOpenApiExample>(StringComparer.Ordinal);
            foreach (var refusal in refusals)
            {
                var title = refusal.Problem.ProblemDetails.Title ?? "";
                problem.Examples.TryAdd(Key(title), new OpenApiExample { Summary = title, Value = Node(refusal.Problem.ProblemDetails) });
            }
        }

        var headers = metadata
            .OfType<AnswerHeader>()
            .Where(h => h.Status == status)
            .Select(h => (h.Name, Description: (string?)h.Description, Example: (string?)null))
            .Concat(refusals.SelectMany(r => r.Headers).DistinctBy(h => h.Key).Select(h => (h.Key, (string?)null, (string?)h.Value)));
        foreach (var (name, description, example) in headers)
        {
            response.Headers ??= new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal);
            response.Headers[name] = new OpenApiHeader
            {
                Description = description,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                Example = example is null ? null : JsonValue.Create(example),
            };
        }
    }

    private static string Key(string title) =>
        string.Join(
            '-',
            title
                .ToLowerInvariant()
                .Replace("'", "", StringComparison.Ordinal)
                .Split([' ', '.', ','], StringSplitOptions.RemoveEmptyEntries)
        );

    private static JsonNode Node(object value) =>
        value is string text ? JsonValue.Create(text) : JsonSerializer.SerializeToNode(value, value.GetType(), RunSpecJson.Options)!;
}
