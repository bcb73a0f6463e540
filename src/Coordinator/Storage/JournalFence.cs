using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using Orchestrator.Coordinator.Hosting;
using Orchestrator.Coordinator.Settings;

namespace Orchestrator.Coordinator.Storage;

/// <summary>
/// Looks whether the journal's table refuses a second event under one (persistence id, sequence number). That refusal is the fence between two
/// coordinators; a table that some other tool made may lack it, and nothing else would tell.
/// </summary>
public static class JournalFence
{
    private const string Sqlite = """
        SELECT COUNT(*) FROM pragma_index_list('journal') AS i
        WHERE i."unique" = 1 AND i.partial = 0 AND (SELECT group_concat(name, ',') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY name)) = 'persistence_id,sequence_number'
        """;

    private const string Postgres = """
        SELECT COUNT(*) FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
        WHERE t.relname = 'journal' AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND pg_table_is_visible(t.oid)
          AND (SELECT string_agg(a.attname, ',' ORDER BY a.attname) FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum = ANY (i.indkey)) = 'persistence_id,sequence_number'
        """;

    /// <summary>What is wrong, or null.</summary>
    public static async Task<string?> CheckAsync(JournalOptions journal, string stateFolder)
    {
        var connectionString = ActorSystemConfig.ConnectionString(journal, stateFolder);
        await using DbConnection connection = journal.IsPostgres
            ? new NpgsqlConnection(connectionString)
            : new SqliteConnection(connectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = journal.IsPostgres ? Postgres : Sqlite;
        var indexes = Convert.ToInt64(await command.ExecuteScalarAsync());
        return indexes > 0
            ? null
            : "The journal's table has no unique constraint on (persistence_id, sequence_number): nothing would keep two coordinators apart. Use a table that the coordinator has made itself.";
    }
}
