using Microsoft.Data.Sqlite;
using Orchestrator.Coordinator.Hosting;
using Orchestrator.Coordinator.Settings;

namespace Orchestrator.Coordinator.Storage;

/// <summary>
/// The journal's file, as SQLite is to keep it: with a write-ahead log, so that an append syncs one file once and readers hold no writer up. Appends stay as safe
/// as they were (synchronous = FULL, SQLite's default), and the fence is the table's.
/// </summary>
public static class SqliteJournalFile
{
    /// <summary>Does nothing for another database, or where it is so already. A file system that cannot have such a log keeps the journal as it is.</summary>
    public static void Prepare(JournalOptions journal, string stateFolder)
    {
        if (journal.IsPostgres)
        {
            return;
        }

        using var connection = new SqliteConnection(ActorSystemConfig.ConnectionString(journal, stateFolder));
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode = WAL";
        command.ExecuteNonQuery();
    }
}
