using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Orchestrator.Pretraining.Checkpoints;

/// <summary>
/// A safetensors file: a length, a JSON header, raw little-endian values. Reading checks every claim of the header against the file before
/// anything is allocated for it; writing is atomic, and the same tensors always make the same bytes.
/// </summary>
public sealed partial class SafetensorsFile : IDisposable
{
    private const int MaxHeader = 100_000_000;
    private const string MetadataKey = "__metadata__";
    private static readonly Dictionary<string, int> Sizes = new(StringComparer.Ordinal)
    {
        ["F64"] = 8,
        ["F32"] = 4,
        ["F16"] = 2,
        ["BF16"] = 2,
        ["I64"] = 8,
        ["I32"] = 4,
        ["I16"] = 2,
        ["I8"] = 1,
        ["U8"] = 1,
        ["BOOL"] = 1,
    };

    private readonly FileStream source;
    private readonly string path;
    private readonly long dataStart;

    private SafetensorsFile(FileStream stream, string path, long dataStart, IReadOnlyDictionary<string, string> metadata)
    {
        (source, this.path, this.dataStart, Metadata) = (stream, path, dataStart, metadata);
    }

    /// <summary><c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>In the order of their data.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; private set; } = [];

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="CheckpointException">Names file, tensor and what is wrong.</exception>
    public static SafetensorsFile Read(string path)
    {
        FileStream stream;
        try
        {
            stream = File.OpenRead(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path}: cannot be opened: {e.Message}", e);
        }

        try
        {
            return Open(stream, path);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    public void Dispose() => source.Dispose();

    /// <summary>Where the values of a tensor belong.</summary>
    internal delegate Span<float> Place(SafetensorsEntry entry);

    /// <summary>Reads the whole file once, every tensor to its place.</summary>
    /// <returns>SHA-256 of the file, lower-case hex.</returns>
    internal string ReadAll(Place place)
    {
        lock (source)
        {
            source.Position = 0;
            using var hashed = new HashedStream(source);
            hashed.ReadExactly(new byte[dataStart]);
            foreach (var entry in Entries)
            {
                hashed.ReadExactly(MemoryMarshal.AsBytes(place(entry)));
            }

            return hashed.Sha256();
        }
    }

    internal void ReadBytes(SafetensorsEntry entry, Span<byte> bytes)
    {
        lock (source)
        {
            source.Position = dataStart + entry.Start;
            source.ReadExactly(bytes);
        }
    }

    internal CheckpointException Wrong(string problem) => new($"{path}: {problem}");

    private static SafetensorsFile Open(FileStream stream, string path)
    {
        CheckpointException Wrong(string problem) => new($"{path}: {problem}");
        Span<byte> prefix = stackalloc byte[8];
        if (stream.Length < 8)
        {
            throw Wrong($"is no safetensors file: it has {stream.Length} bytes, a header's length alone takes 8");
        }

        stream.ReadExactly(prefix);
        var headerLength = BinaryPrimitives.ReadInt64LittleEndian(prefix);
        if (headerLength < 2 || headerLength > MaxHeader || headerLength > stream.Length - 8)
        {
            throw Wrong($"is no safetensors file: its header claims {headerLength} bytes of {stream.Length}");
        }

        var header = new byte[headerLength];
        stream.ReadExactly(header);
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(header);
        }
        catch (JsonException e)
        {
            throw new CheckpointException($"{path}: the header is not JSON: {e.Message}", e);
        }

        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw Wrong("the header is not a JSON object");
            }

            try
            {
                var file = new SafetensorsFile(stream, path, 8 + headerLength, ReadMetadata(document.RootElement));
                file.Entries = ReadEntries(file, document.RootElement, stream.Length - 8 - headerLength);
                return file;
            }
            catch (Exception e) when (e is InvalidOperationException or ArgumentException)
            {
                // Names that are not UTF-8, names that occur twice, and metadata that is not strings.
                throw new CheckpointException($"{path}: the header is not a safetensors header: {e.Message}", e);
            }
        }
    }

    private static Dictionary<string, string> ReadMetadata(JsonElement root) =>
        root.TryGetProperty(MetadataKey, out var pairs)
            ? pairs.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString() ?? "", StringComparer.Ordinal)
            : [];

    private static List<SafetensorsEntry> ReadEntries(SafetensorsFile file, JsonElement root, long dataLength)
    {
        var byName = new Dictionary<string, SafetensorsEntry>(StringComparer.Ordinal);
        foreach (var property in root.EnumerateObject().Where(p => p.Name != MetadataKey))
        {
            byName.Add(property.Name, ReadEntry(file, property.Name, property.Value));
        }

        // An empty tensor begins where the next one does.
        List<SafetensorsEntry> entries = [.. byName.Values.OrderBy(e => e.Start).ThenBy(e => e.End)];
        long position = 0;
        foreach (var entry in entries)
        {
            if (entry.Start != position)
            {
                throw file.Wrong($"tensor {entry.Name} begins at {entry.Start}, the one before it ends at {position}");
            }

            position = entry.End;
        }

        return position == dataLength ? entries : throw file.Wrong($"its tensors take {position} bytes, the file has {dataLength}");
    }

    private static SafetensorsEntry ReadEntry(SafetensorsFile file, string name, JsonElement value)
    {
        try
        {
            var dtype = value.GetProperty("dtype").GetString() ?? "";
            long[] shape = [.. value.GetProperty("shape").EnumerateArray().Select(s => s.GetInt64())];
            long[] offsets = [.. value.GetProperty("data_offsets").EnumerateArray().Select(s => s.GetInt64())];
            if (!Sizes.TryGetValue(dtype, out var size))
            {
                throw file.Wrong($"tensor {name} has dtype {dtype}; known are {string.Join(", ", Sizes.Keys)}");
            }

            if (offsets.Length != 2 || offsets[0] < 0 || offsets[1] < offsets[0] || shape.Any(s => s < 0))
            {
                throw file.Wrong($"tensor {name} has offsets [{string.Join(", ", offsets)}] and shape [{string.Join(", ", shape)}]");
            }

            var bytes = shape.Aggregate((Int128)size, (product, side) => checked(product * side));
            if (bytes != offsets[1] - offsets[0])
            {
                throw file.Wrong(
                    $"tensor {name} of shape [{string.Join(", ", shape)}] {dtype} takes {bytes} bytes, its offsets span {offsets[1] - offsets[0]}"
                );
            }

            return new SafetensorsEntry(file, name, dtype, shape, offsets[0], offsets[1]);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException or OverflowException)
        {
            throw new CheckpointException($"{file.path}: the header's entry {name} is not a tensor: {e.Message}", e);
        }
    }
}
