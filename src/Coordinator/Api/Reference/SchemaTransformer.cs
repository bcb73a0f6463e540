using System.Text.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Api.Reference;

/// <summary>Schemas as the API writes JSON: numbers are numbers, what may be null is left out, and a document needs only what has no default.</summary>
internal sealed class SchemaTransformer : IOpenApiSchemaTransformer
{
    /// <summary>Of whose keys a document may leave out all that have a default.</summary>
    private static readonly HashSet<string?> Documents = new(StringComparer.Ordinal)
    {
        typeof(RunSpec).Namespace,
        typeof(MethodOptions).Namespace,
        typeof(EvaluationSpec).Namespace,
    };

    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var type = context.JsonTypeInfo.Type;
        if (
            context.JsonPropertyInfo is { Name: "labels" } property
            && property.DeclaringType == typeof(RunChangeRequest)
            && schema.AdditionalProperties is OpenApiSchema label
        )
        {
            // One that is null is removed, which a dictionary's type does not tell.
            label.Type |= JsonSchemaType.Null;
        }

        if (
            schema.Type is { } kind
            && kind.HasFlag(JsonSchemaType.String)
            && (kind.HasFlag(JsonSchemaType.Number) || kind.HasFlag(JsonSchemaType.Integer))
        )
        {
            // The reader takes numbers in quotes too; nobody needs to know.
            (schema.Type, schema.Pattern) = (kind & ~JsonSchemaType.String, null);
        }

        if (type.IsEnum)
        {
            schema.Type = JsonSchemaType.String;
        }
        else if (type == typeof(Interval))
        {
            (schema.Type, schema.MinItems, schema.MaxItems) = (JsonSchemaType.Array, 2, 2);
            (schema.Properties, schema.Required) = (null, null);
            schema.Items = new OpenApiSchema { Type = JsonSchemaType.Number };
        }
        else if (type == typeof(JsonElement))
        {
            (schema.Type, schema.Description) = (JsonSchemaType.Object, "As RunSpec, with every default.");
        }
        else if (schema.Required is { Count: > 0 } required)
        {
            foreach (
                var optional in context.JsonTypeInfo.Properties.Where(p =>
                    p.IsGetNullable || Nullable.GetUnderlyingType(p.PropertyType) is not null
                )
            )
            {
                required.Remove(optional.Name);
            }

            if (Documents.Contains(type.Namespace))
            {
                required.IntersectWith(
                    type == typeof(RunSpec) ? ["method", "data"]
                    : type == typeof(EvaluationSpec) ? ["protocols"]
                    : []
                );
            }
        }

        return Task.CompletedTask;
    }
}
