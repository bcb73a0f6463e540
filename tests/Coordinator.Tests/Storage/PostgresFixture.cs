using Npgsql;
using Orchestrator.Coordinator.Settings;
using Orchestrator.Tests.Servers;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Storage;

/// <summary>One PostgreSQL for all tests that want one, started by the first of them.</summary>
public sealed class PostgresFixture : IAsyncDisposable
{
    public const string Collection = "postgres";

    private PostgresServer? server;
    private int schemas;

    /// <summary>A journal in an empty schema of its own. Skips the test where there is no PostgreSQL.</summary>
    public async Task<JournalOptions> JournalAsync()
    {
        server ??= await PostgresServer.StartAsync();
        var schema = $"test_{++schemas}";
        await server.QueryAsync($"CREATE SCHEMA {schema}");
        return new JournalOptions { Provider = "postgres", ConnectionString = $"{server.ConnectionString};Search Path={schema}" };
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (server is not null)
        {
            await server.DisposeAsync();
        }
    }
}

[CollectionDefinition(PostgresFixture.Collection)]
public sealed class PostgresCollection : ICollectionFixture<PostgresFixture>;
