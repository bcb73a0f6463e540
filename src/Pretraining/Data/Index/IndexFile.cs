using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text.Json;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data.Index;

/// <summary>
/// An index on disk: <c>ORCHIDX1</c>; the header as JSON and then each column, each with its length in bytes before it (64 bits, −1: none);
/// XxHash128 of all before it. Little-endian. It is read in one pass into the arrays that stay: 1.3 million entries in well under a second.
/// </summary>
internal static class IndexFile
{
    private const int HashBytes = 16;
    private const int LongestHeader = 1 << 28;

    private static ReadOnlySpan<byte> Magic => "ORCHIDX1"u8;

    /// <summary>Writes a file whole or not at all.</summary>
    /// <exception cref="IOException">It cannot be written; nothing is left of it.</exception>
    public static void Write(string path, SampleIndex index)
    {
        // Ranks of one machine may write the same index at the same time: each its own file, the last one stays.
        var unfinished = $"{path}.{Guid.NewGuid():N}";
        try
        {
            using (var file = new FileStream(unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 20))
            {
                Write(file, index);
            }

            File.Move(unfinished, path, overwrite: true);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It is no index of this version, or damaged.</exception>
    public static SampleIndex Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        var reader = new Reader(file);
        if (!reader.Bytes(Magic.Length).AsSpan().SequenceEqual(Magic))
        {
            throw new InvalidDataException($"'{path}' is no index of this version");
        }

        IndexHeader? header;
        try
        {
            header = JsonSerializer.Deserialize<IndexHeader>(reader.Bytes(reader.Length(LongestHeader)), RunSpecJson.Options);
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"'{path}' has a damaged header", exception);
        }

        var columns = new IndexColumns
        {
            Names = reader.Column<byte>() ?? [],
            FirstBytes = reader.Column<uint>() ?? [],
            Lengths = reader.Column<long>() ?? [],
            Archives = reader.Column<int>(),
            Offsets = reader.Column<long>(),
            Labels = reader.Column<int>(),
            FirstLabels = reader.Column<int>(),
            Groups = reader.Column<int>(),
            FirstSamples = reader.Column<int>(),
        };
        reader.CheckHash(path);
        return new SampleIndex(header ?? throw new InvalidDataException($"'{path}' has no header"), columns);
    }

    private static void Write(Stream file, SampleIndex index)
    {
        var hash = new XxHash128();
        Append(Magic);
        AppendWithLength(JsonSerializer.SerializeToUtf8Bytes(index.Header, RunSpecJson.Options));
        var columns = index.Columns;
        AppendColumn(columns.Names);
        AppendColumn(columns.FirstBytes);
        AppendColumn(columns.Lengths);
        AppendColumn(columns.Archives);
        AppendColumn(columns.Offsets);
        AppendColumn(columns.Labels);
        AppendColumn(columns.FirstLabels);
        AppendColumn(columns.Groups);
        AppendColumn(columns.FirstSamples);
        file.Write(hash.GetCurrentHash());

        void Append(ReadOnlySpan<byte> bytes)
        {
            hash.Append(bytes);
            file.Write(bytes);
        }

        void AppendWithLength(ReadOnlySpan<byte> bytes)
        {
            Append(BitConverter.GetBytes((long)bytes.Length));
            Append(bytes);
        }

        void AppendColumn<T>(T[]? column)
            where T : unmanaged
        {
            if (column is null)
            {
                Append(BitConverter.GetBytes(-1L));
            }
            else
            {
                AppendWithLength(MemoryMarshal.AsBytes<T>(column));
            }
        }
    }

    /// <summary>Reads and hashes; nothing is allocated for a length that the file cannot hold.</summary>
    private sealed class Reader(FileStream file)
    {
        private readonly XxHash128 hash = new();

        public byte[] Bytes(long length)
        {
            var bytes = new byte[length];
            Fill(bytes);
            return bytes;
        }

        /// <summary>The next length; −1: none.</summary>
        public long Length(long most)
        {
            var length = BitConverter.ToInt64(Bytes(sizeof(long)));
            return length >= -1 && length <= Math.Min(most, file.Length - file.Position)
                ? length
                : throw new InvalidDataException($"'{file.Name}' claims {length} bytes at {file.Position}, and ends before");
        }

        public T[]? Column<T>()
            where T : unmanaged
        {
            var length = Length(Array.MaxLength);
            if (length < 0)
            {
                return null;
            }

            var column = GC.AllocateUninitializedArray<T>((int)(length / Marshal.SizeOf<T>()));
            Fill(MemoryMarshal.AsBytes(column.AsSpan()));
            return column;
        }

        public void CheckHash(string path)
        {
            var expected = hash.GetCurrentHash();
            if (!Bytes(HashBytes).AsSpan().SequenceEqual(expected))
            {
                throw new InvalidDataException($"'{path}' is damaged: its hash is another");
            }
        }

        private void Fill(Span<byte> bytes)
        {
            try
            {
                file.ReadExactly(bytes);
            }
            catch (EndOfStreamException exception)
            {
                throw new InvalidDataException($"'{file.Name}' ends early", exception);
            }

            hash.Append(bytes);
        }
    }
}
