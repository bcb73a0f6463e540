using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Orchestrator.Pretraining.Data.Storage;

namespace Orchestrator.Pretraining.Data.Index;

/// <summary>
/// The fingerprint of a data set: SHA-256 of every entry's name, place and length in their order, of labels, groups and the split, and of
/// content: all of it up to 64 MiB, above that the first 64 KiB of 1,024 entries spread evenly over the order. So an exchanged byte deep in a
/// large collection is not found; found is another collection, order, length, label or split.
/// </summary>
internal static class SampleFingerprint
{
    private const long WholeContentBytes = 64L << 20;
    private const int SampledEntries = 1024;
    private const int SampledBytes = 64 << 10;

    /// <exception cref="DataException">A file cannot be read.</exception>
    public static string Of(SampleIndex index, IDataStore store)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("samples/1\n"u8);
        var columns = index.Columns;
        for (var entry = 0; entry < index.Entries; entry++)
        {
            Append(hash, columns.Archives is { } archives && archives[entry] >= 0 ? index.Header.Archives[archives[entry]] : "");
            Append(hash, columns.Name(entry));
        }

        Append<long>(hash, columns.Lengths);
        Append<long>(hash, columns.Offsets);
        Append<int>(hash, columns.Labels);
        Append<int>(hash, columns.FirstLabels);
        Append<int>(hash, columns.Groups);
        Append<int>(hash, columns.FirstSamples);
        Append<int>(hash, [index.PretrainingCount]);
        foreach (var name in index.ClassNames ?? [])
        {
            Append(hash, name);
        }

        Append(hash, index.Header.Masks?.Digest ?? "");
        AppendContent(hash, index, store);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void AppendContent(IncrementalHash hash, SampleIndex index, IDataStore store)
    {
        var whole = index.Columns.Lengths.Sum() <= WholeContentBytes;
        var entries = whole ? index.Entries : Math.Min(index.Entries, SampledEntries);
        for (var k = 0; k < entries; k++)
        {
            var place = index.PlaceOf((int)((long)k * index.Entries / entries));
            var length = whole ? (int)place.Length : (int)Math.Min(place.Length, SampledBytes);
            hash.AppendData(store.Read(place.Path, place.Offset, length).Span);
        }
    }

    private static void Append(IncrementalHash hash, string text) => Append(hash, Encoding.UTF8.GetBytes(text));

    /// <summary>With its length before it: two names do not become one.</summary>
    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> text)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, text.Length);
        hash.AppendData(length);
        hash.AppendData(text);
    }

    // Little-endian, as every machine that this runs on.
    private static void Append<T>(IncrementalHash hash, T[]? column)
        where T : unmanaged => Append(hash, MemoryMarshal.AsBytes<T>(column ?? []));
}
