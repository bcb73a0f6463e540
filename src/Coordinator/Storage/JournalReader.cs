using System.Data.Common;
using System.Runtime.Serialization;
using Microsoft.Data.Sqlite;
using Npgsql;
using Orchestrator.Coordinator.Hosting;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Serialization;
using Orchestrator.Coordinator.Settings;

namespace Orchestrator.Coordinator.Storage;

/// <param name="Sequence">Its number in the run's journal, from 1 on.</param>
public sealed record JournaledEvent(long Sequence, IRunEvent Event);

/// <summary>A run's journal as its table has it.</summary>
/// <param name="Rows">In the order of their numbers.</param>
public sealed record JournaledRun(string Run, IReadOnlyList<JournalRow> Rows)
{
    /// <summary>Null when one of the events cannot be read.</summary>
    public IReadOnlyList<JournaledEvent>? Events(JournalSerializer serializer)
    {
        var events = new List<JournaledEvent>(Rows.Count);
        foreach (var row in Rows)
        {
            if (row.Read(serializer) is not { } happened)
            {
                return null;
            }

            events.Add(new JournaledEvent(row.Sequence, happened));
        }

        return events;
    }
}

/// <param name="Serializer">By which the event was written.</param>
public sealed record JournalRow(long Sequence, long? Serializer, string? Manifest, byte[] Message)
{
    internal IRunEvent? Read(JournalSerializer serializer)
    {
        if (Serializer != serializer.Identifier || Manifest is null)
        {
            return null;
        }

        try
        {
            return serializer.FromBinary(Message, Manifest) as IRunEvent;
        }
        catch (SerializationException)
        {
            // Its actor says what is wrong with it.
            return null;
        }
    }
}

/// <summary>
/// Reads the journal's table in one pass, past the actors that write it: an actor's own recovery costs milliseconds, and most runs of a journal
/// have ended. Only reads; what it finds counts where nothing can change any more.
/// </summary>
public sealed class JournalReader(JournalOptions journal, string stateFolder)
{
    private const string Prefix = "run-";

    // The unique index of the fence is in this order.
    private const string Select = """
        SELECT persistence_id, sequence_number, identifier, manifest, message FROM journal
        WHERE persistence_id >= 'run-' AND persistence_id < 'run.' ORDER BY persistence_id, sequence_number
        """;

    /// <summary>Each run that has events, one after another.</summary>
    /// <exception cref="DbException">The journal cannot be read.</exception>
    public IEnumerable<JournaledRun> Runs()
    {
        var connectionString = ActorSystemConfig.ConnectionString(journal, stateFolder);
        using DbConnection connection = journal.IsPostgres
            ? new NpgsqlConnection(connectionString)
            : new SqliteConnection(connectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = Select;
        using var reader = command.ExecuteReader();
        string? run = null;
        List<JournalRow> rows = [];
        while (reader.Read())
        {
            var next = reader.GetString(0)[Prefix.Length..];
            if (next != run && run is not null)
            {
                yield return new JournaledRun(run, rows);
                rows = [];
            }

            run = next;
            rows.Add(
                new JournalRow(
                    reader.GetInt64(1),
                    reader.IsDBNull(2) ? null : reader.GetInt64(2),
                    reader.IsDBNull(3) ? null : reader.GetString(3),
                    (byte[])reader[4]
                )
            );
        }

        if (run is not null)
        {
            yield return new JournaledRun(run, rows);
        }
    }
}
