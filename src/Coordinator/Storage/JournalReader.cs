using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using Orchestrator.Coordinator.Hosting;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Serialization;
using Orchestrator.Coordinator.Settings;

namespace Orchestrator.Coordinator.Storage;

/// <param name="Sequence">Its number in the run's journal, from 1 on.</param>
public sealed record JournaledEvent(long Sequence, IRunEvent Event);

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

    /// <summary>Each run with its events, in the order of their numbers; a run with an event that cannot be read is left out.</summary>
    /// <exception cref="DbException">The journal cannot be read.</exception>
    public IEnumerable<(string Run, IReadOnlyList<JournaledEvent> Events)> Runs(JournalSerializer serializer)
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
        List<JournaledEvent>? events = [];
        while (reader.Read())
        {
            var next = reader.GetString(0)[Prefix.Length..];
            if (next != run)
            {
                if (run is not null && events is not null)
                {
                    yield return (run, events);
                }

                (run, events) = (next, []);
            }

            if (events is not null && Read(reader, serializer) is { } happened)
            {
                events.Add(new JournaledEvent(reader.GetInt64(1), happened));
            }
            else
            {
                events = null;
            }
        }

        if (run is not null && events is not null)
        {
            yield return (run, events);
        }
    }

    private static IRunEvent? Read(DbDataReader reader, JournalSerializer serializer)
    {
        if (reader.IsDBNull(2) || reader.GetInt64(2) != serializer.Identifier || reader.IsDBNull(3))
        {
            return null;
        }

        try
        {
            return serializer.FromBinary((byte[])reader[4], reader.GetString(3)) as IRunEvent;
        }
        catch (System.Runtime.Serialization.SerializationException)
        {
            // Its actor says what is wrong with it.
            return null;
        }
    }
}
