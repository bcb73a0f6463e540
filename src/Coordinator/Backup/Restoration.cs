using System.Data.Common;
using Npgsql;
using Orchestrator.Coordinator.Hosting;
using Orchestrator.Coordinator.Settings;
using Orchestrator.Coordinator.Storage;

namespace Orchestrator.Coordinator.Backup;

/// <summary>Puts a backup where there is nothing yet, of the kind of database that the settings name, whichever it was made of.</summary>
public static class Restoration
{
    /// <exception cref="BackupException">The backup is damaged or of a newer version, or something stands where it is to go. Nothing has changed then.</exception>
    /// <exception cref="DbException">A database cannot be written. What was written is taken back.</exception>
    public static async Task<BackupManifest> RunAsync(CoordinatorOptions options, string path)
    {
        using var backup = BackupFile.Open(path);
        var databases = new StateDatabases(options);
        if (databases.Files.FirstOrDefault() is { } present)
        {
            throw new BackupException(
                $"{present} exists: a backup is restored where there is nothing (move it away, or name another State)"
            );
        }

        Directory.CreateDirectory(options.State);
        try
        {
            await MakeTablesAsync(options);
            // The journal comes last: what a killed restoration leaves has no run in it.
            foreach (var group in databases.Groups.Reverse())
            {
                await FillAsync(backup, databases, group);
            }

            return backup.Manifest;
        }
        catch
        {
            foreach (var file in databases.Files.ToArray())
            {
                File.Delete(file);
            }

            throw;
        }
    }

    private static async Task MakeTablesAsync(CoordinatorOptions options)
    {
        await JournalTables.MakeAsync(options);
        using (var rows = CoordinatorApp.Database(options, StateFile.Rows))
        {
            rows.Prepare();
        }

        CoordinatorApp.AccessDatabase(options).Dispose();
    }

    private static async Task FillAsync(BackupFile backup, StateDatabases databases, IGrouping<string, StateTable> group)
    {
        await using var connection = databases.Open(group);
        await using var transaction = await connection.BeginTransactionAsync();
        foreach (var table in group)
        {
            await RefuseRowsAsync(connection, transaction, table.Name);
            if (backup.Manifest.Tables.FirstOrDefault(t => t.Name == table.Name) is { } written)
            {
                await InsertAsync(connection, transaction, written, backup.RowsAsync(written));
            }
        }

        await ContinueNumbersAsync(connection, transaction, group);
        await transaction.CommitAsync();
    }

    /// <summary>Two coordinators' journals in one would be neither's.</summary>
    private static async Task RefuseRowsAsync(DbConnection connection, DbTransaction transaction, string table)
    {
        await using var command = connection.CreateCommand();
        (command.Transaction, command.CommandText) = (transaction, $"SELECT COUNT(*) FROM {table}");
        if (Convert.ToInt64(await command.ExecuteScalarAsync()) is > 0 and var rows)
        {
            throw new BackupException($"table {table} has {rows} rows already: a backup is restored into an empty database");
        }
    }

    private static async Task InsertAsync(
        DbConnection connection,
        DbTransaction transaction,
        BackupTable table,
        IAsyncEnumerable<object?[]> rows
    )
    {
        var types = await TypesAsync(connection, transaction, table);
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        // PostgreSQL numbers the journal's rows itself, unless it is told that the numbers are given.
        var numbers = connection is NpgsqlConnection ? "OVERRIDING SYSTEM VALUE " : "";
        command.CommandText =
            $"INSERT INTO {table.Name} ({string.Join(", ", table.Columns)}) {numbers}VALUES ({string.Join(", ", table.Columns.Select((_, i) => $"@p{i}"))})";
        foreach (var column in Enumerable.Range(0, table.Columns.Count))
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = $"p{column}";
            command.Parameters.Add(parameter);
        }

        await foreach (var row in rows)
        {
            for (var column = 0; column < row.Length; column++)
            {
                // SQLite has no truth values, but numbers.
                command.Parameters[column].Value =
                    row[column] is long number && types[column] == typeof(bool) ? number != 0 : row[column] ?? DBNull.Value;
            }

            await command.ExecuteNonQueryAsync();
        }
    }

    /// <summary>Of the columns there, in the backup's order.</summary>
    private static async Task<Type[]> TypesAsync(DbConnection connection, DbTransaction transaction, BackupTable table)
    {
        await using var command = connection.CreateCommand();
        (command.Transaction, command.CommandText) = (transaction, $"SELECT * FROM {table.Name} WHERE 1 = 0");
        await using var reader = await command.ExecuteReaderAsync();
        var types = Enumerable
            .Range(0, reader.FieldCount)
            .ToDictionary(reader.GetName, reader.GetFieldType, StringComparer.OrdinalIgnoreCase);
        return table.Columns.FirstOrDefault(column => !types.ContainsKey(column)) is { } unknown
            ? throw new BackupException($"table {table.Name} of the backup has a column {unknown}, which this version's has not")
            : [.. table.Columns.Select(column => types[column])];
    }

    /// <summary>PostgreSQL numbers the journal's rows by a sequence that knows nothing of rows which came with a number. SQLite looks at the rows.</summary>
    private static async Task ContinueNumbersAsync(DbConnection connection, DbTransaction transaction, IEnumerable<StateTable> tables)
    {
        if (connection is not NpgsqlConnection || tables.All(table => table.Name != "journal"))
        {
            return;
        }

        await using var command = connection.CreateCommand();
        (command.Transaction, command.CommandText) = (
            transaction,
            "SELECT setval(pg_get_serial_sequence('journal', 'ordering'), (SELECT COALESCE(MAX(ordering), 0) + 1 FROM journal), false)"
        );
        await command.ExecuteScalarAsync();
    }
}
