using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Orchestrator.Pretraining.Checkpoints;

/// <summary>Writing, and the hash of what would be written.</summary>
public sealed partial class SafetensorsFile
{
    /// <summary>Writes tensors in ordinal order of their names: to a temporary name, flushed, then renamed. A write that fails leaves nothing behind.</summary>
    /// <returns>SHA-256 of the file, lower-case hex.</returns>
    /// <exception cref="ArgumentException">A name occurs twice or is reserved, or a shape does not hold the values.</exception>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static string Write(string path, IEnumerable<NamedFloats> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var ordered = Ordered(tensors);
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            string sha256;
            using (var stream = new FileStream(temporary, FileMode.Create))
            {
                sha256 = WriteTo(stream, ordered, metadata);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            return sha256;
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>SHA-256 of the file that <see cref="Write"/> would make, lower-case hex.</summary>
    /// <exception cref="ArgumentException">A name occurs twice or is reserved, or a shape does not hold the values.</exception>
    public static string Sha256(IEnumerable<NamedFloats> tensors, IReadOnlyDictionary<string, string> metadata) =>
        WriteTo(Stream.Null, Ordered(tensors), metadata);

    private static string WriteTo(Stream stream, List<NamedFloats> ordered, IReadOnlyDictionary<string, string> metadata)
    {
        using var hashed = new HashedStream(stream);
        var header = Header(ordered, metadata);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        hashed.Write(length);
        hashed.Write(header);
        foreach (var tensor in ordered)
        {
            hashed.Write(MemoryMarshal.AsBytes(tensor.Values.Span));
        }

        return hashed.Sha256();
    }

    private static List<NamedFloats> Ordered(IEnumerable<NamedFloats> tensors)
    {
        var ordered = tensors.OrderBy(t => t.Name, StringComparer.Ordinal).ToList();
        ThrowIfNotWritable(ordered);
        return ordered;
    }

    private static void ThrowIfNotWritable(List<NamedFloats> ordered)
    {
        for (var i = 0; i < ordered.Count; i++)
        {
            var (name, shape, values) = ordered[i];
            if (name == MetadataKey || (i > 0 && name == ordered[i - 1].Name))
            {
                throw new ArgumentException(
                    $"The tensor name {name} {(name == MetadataKey ? "is reserved" : "occurs twice")}.",
                    nameof(ordered)
                );
            }

            if (shape.Aggregate((Int128)1, (product, side) => product * side) != values.Length)
            {
                throw new ArgumentException(
                    $"Tensor {name} of shape [{string.Join(", ", shape)}] has {values.Length} values.",
                    nameof(ordered)
                );
            }
        }
    }

    private static byte[] Header(List<NamedFloats> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject(MetadataKey);
            foreach (var (key, value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
            long offset = 0;
            foreach (var tensor in tensors)
            {
                var end = offset + (sizeof(float) * (long)tensor.Values.Length);
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", "F32");
                json.WriteStartArray("shape");
                foreach (var side in tensor.Shape)
                {
                    json.WriteNumberValue(side);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(end);
                json.WriteEndArray();
                json.WriteEndObject();
                offset = end;
            }

            json.WriteEndObject();
        }

        // Padded by spaces to 8 bytes, as the reference library does, so that the values are aligned in a mapped file.
        while (buffer.Length % 8 != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        return buffer.ToArray();
    }
}
