using System.Buffers;
using System.Data.Common;
using System.Security.Cryptography;
using MessagePack;

namespace Orchestrator.Coordinator.Backup;

/// <summary>Rows of a table as bytes: a MessagePack array a row, of the few types that the tables have.</summary>
internal static class TableRows
{
    /// <summary>Writes all rows of a table.</summary>
    /// <returns>How many, under which columns, and the SHA-256 of the bytes.</returns>
    public static BackupTable Write(DbConnection connection, DbTransaction transaction, string table, Stream into)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = $"SELECT * FROM {table}";
        using var reader = command.ExecuteReader();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var bytes = new ArrayBufferWriter<byte>();
        long rows = 0;
        for (; reader.Read(); rows++)
        {
            WriteRow(bytes, reader, table);
            into.Write(bytes.WrittenSpan);
            hash.AppendData(bytes.WrittenSpan);
            bytes.ResetWrittenCount();
        }

        string[] columns = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
        return new BackupTable(table, columns, rows, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>The rows, one after another; null, long, double, bool, string or byte[] in each place.</summary>
    /// <exception cref="BackupException">They are not as the manifest says.</exception>
    public static async IAsyncEnumerable<object?[]> ReadAsync(Stream from, BackupTable table)
    {
        using var reader = new MessagePackStreamReader(from, leaveOpen: true);
        long rows = 0;
        while (await reader.ReadAsync(CancellationToken.None) is { } row)
        {
            rows++;
            yield return ReadRow(row, table);
        }

        if (rows != table.Rows)
        {
            throw new BackupException($"table {table.Name} has {rows} rows where {table.Rows} were written");
        }
    }

    private static void WriteRow(ArrayBufferWriter<byte> bytes, DbDataReader reader, string table)
    {
        var writer = new MessagePackWriter(bytes);
        writer.WriteArrayHeader(reader.FieldCount);
        for (var column = 0; column < reader.FieldCount; column++)
        {
            switch (reader.GetValue(column))
            {
                case DBNull:
                    writer.WriteNil();
                    break;
                case long whole:
                    writer.WriteInt64(whole);
                    break;
                case int whole:
                    writer.WriteInt64(whole);
                    break;
                case bool flag:
                    writer.Write(flag);
                    break;
                case double number:
                    writer.Write(number);
                    break;
                case string text:
                    writer.Write(text);
                    break;
                case byte[] binary:
                    writer.Write(binary);
                    break;
                case var other:
                    throw new BackupException(
                        $"column {reader.GetName(column)} of table {table} has a {other.GetType().Name}, which a backup has no form for"
                    );
            }
        }

        writer.Flush();
    }

    private static object?[] ReadRow(in ReadOnlySequence<byte> row, BackupTable table)
    {
        var reader = new MessagePackReader(row);
        var values = new object?[reader.ReadArrayHeader()];
        if (values.Length != table.Columns.Count)
        {
            throw new BackupException($"a row of table {table.Name} has {values.Length} values where {table.Columns.Count} were written");
        }

        for (var column = 0; column < values.Length; column++)
        {
            values[column] = reader.NextMessagePackType switch
            {
                MessagePackType.Nil => Nothing(ref reader),
                MessagePackType.Integer => reader.ReadInt64(),
                MessagePackType.Boolean => reader.ReadBoolean(),
                MessagePackType.Float => reader.ReadDouble(),
                MessagePackType.String => reader.ReadString(),
                MessagePackType.Binary => reader.ReadBytes()!.Value.ToArray(),
                var other => throw new BackupException($"a row of table {table.Name} has a {other}"),
            };
        }

        return values;
    }

    private static object? Nothing(ref MessagePackReader reader)
    {
        reader.ReadNil();
        return null;
    }
}
