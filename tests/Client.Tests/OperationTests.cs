using System.Reflection;
using System.Text.Json.Nodes;
using Xunit;

namespace Orchestrator.Client.Tests;

/// <summary>The client can do what the API can.</summary>
public sealed class OperationTests
{
    private static readonly string[] Methods =
    [
        .. typeof(OrchestratorClient)
            .GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Select(m => m.Name)
            .Where(name => name.EndsWith("Async", StringComparison.Ordinal)),
    ];

    [Fact]
    public void Every_operation_of_the_document_is_a_method_of_its_name()
    {
        var operations = JsonNode.Parse(RepositoryFile.Read("docs/openapi.json"))!["paths"]!
            .AsObject()
            .SelectMany(path => path.Value!.AsObject())
            .Select(operation => $"{operation.Value!["operationId"]}")
            .ToArray();
        Assert.NotEmpty(operations);
        Assert.Equal(
            operations.Select(id => $"{char.ToUpperInvariant(id[0])}{id[1..]}Async").Order(StringComparer.Ordinal),
            // Those that read several pages, or only look what an operation would do, are none of their own.
            Methods
                .Where(m => !m.StartsWith("Enumerate", StringComparison.Ordinal) && !m.StartsWith("LookAt", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void Every_method_can_be_canceled() =>
        Assert.All(
            typeof(OrchestratorClient).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly),
            m =>
                Assert.True(
                    !m.Name.EndsWith("Async", StringComparison.Ordinal) || m.GetParameters()[^1].ParameterType == typeof(CancellationToken),
                    m.Name
                )
        );
}
