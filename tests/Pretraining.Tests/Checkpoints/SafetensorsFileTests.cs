using System.Buffers.Binary;
using System.Text;
using Orchestrator.Pretraining.Checkpoints;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Checkpoints;

public sealed class SafetensorsFileTests : IDisposable
{
    private static readonly Dictionary<string, string> NoMetadata = [];
    private readonly string folder = Directory.CreateTempSubdirectory("safetensors-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void What_is_written_is_read_back_with_its_metadata()
    {
        var path = Path.Combine(folder, "model.safetensors");
        NamedFloats[] tensors =
        [
            new("b.weight", [2, 3], new float[] { 1, -2, float.Epsilon, float.MaxValue, float.NaN, -0f }),
            new("a", [], new float[] { 7 }),
            new("empty", [0, 4], Array.Empty<float>()),
        ];
        SafetensorsFile.Write(path, tensors, new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt", ["ü"] = "\"é\"" });
        using var file = SafetensorsFile.Read(path);
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal("\"é\"", file.Metadata["ü"]);
        Assert.Equal(["a", "b.weight", "empty"], file.Entries.Select(e => e.Name).Order(StringComparer.Ordinal));
        foreach (var tensor in tensors)
        {
            var entry = file.Entries.Single(e => e.Name == tensor.Name);
            Assert.Equal("F32", entry.DType);
            Assert.Equal(tensor.Shape, entry.Shape);
            Assert.Equal(
                tensor.Values.ToArray().Select(BitConverter.SingleToInt32Bits),
                entry.ReadFloats().Select(BitConverter.SingleToInt32Bits)
            );
        }

        Assert.Equal([path], Directory.GetFiles(folder));
    }

    [Fact]
    public void The_bytes_are_a_padded_header_and_values_in_name_order()
    {
        var path = Path.Combine(folder, "x");
        SafetensorsFile.Write(
            path,
            [new NamedFloats("z", [1], new float[] { 1 }), new NamedFloats("w", [2], new float[] { 2, 3 })],
            NoMetadata
        );
        var header =
            """{"__metadata__":{},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"z":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""";
        header = header.PadRight((header.Length + 7) / 8 * 8);
        Assert.Equal(Bytes(header, [0, 0, 0, 0x40, 0, 0, 0x40, 0x40, 0, 0, 0x80, 0x3F]), File.ReadAllBytes(path));
    }

    [Fact]
    public void A_file_of_the_reference_library_written_again_has_its_tensors_at_the_same_places()
    {
        var original = Path.Combine(AppContext.BaseDirectory, "Vectors", "vit_image.safetensors");
        var again = Path.Combine(folder, "again");
        using var read = SafetensorsFile.Read(original);
        SafetensorsFile.Write(again, read.Entries.Select(e => new NamedFloats(e.Name, e.Shape, e.ReadFloats())), read.Metadata);
        using var written = SafetensorsFile.Read(again);
        Assert.Equal(read.Metadata, written.Metadata);
        Assert.Equal(
            read.Entries.Select(e => (e.Name, e.DType, string.Join(",", e.Shape))),
            written.Entries.Select(e => (e.Name, e.DType, string.Join(",", e.Shape)))
        );
        Assert.Equal(Values(original), Values(again));
    }

    [Fact]
    public void Other_types_are_listed_and_integers_read()
    {
        var values = new byte[20];
        BinaryPrimitives.WriteInt64LittleEndian(values, -5);
        BinaryPrimitives.WriteInt64LittleEndian(values.AsSpan(8), 1L << 40);
        using var file = Open(
            """{"n":{"dtype":"I64","shape":[2],"data_offsets":[0,16]},"h":{"dtype":"BF16","shape":[2],"data_offsets":[16,20]}}""",
            values
        );
        Assert.Equal([-5, 1L << 40], file.Entries[0].ReadInt64s());
        Assert.Equal("BF16", file.Entries[1].DType);
        Assert.Contains(
            "h is BF16",
            Assert.Throws<CheckpointException>(() => file.Entries[1].ReadFloats()).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(
        """{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,12]}}""",
        12,
        "tensor w of shape [2] F32 takes 8 bytes, its offsets span 12"
    )]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "take 8 bytes, the file has 4")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 12, "take 8 bytes, the file has 12")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "tensor w begins at 4")]
    [InlineData(
        """{"v":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""",
        12,
        "tensor w begins at 4, the one before it ends at 8"
    )]
    [InlineData("""{"w":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}}""", 8, "tensor w has dtype F31")]
    [InlineData("""{"w":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "tensor w has offsets [0, 8] and shape [-2]")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "tensor w has offsets [8, 0]")]
    [InlineData(
        """{"w":{"dtype":"F32","shape":[4611686018427387904,4611686018427387904,16],"data_offsets":[0,0]}}""",
        0,
        "entry w is not a tensor"
    )]
    [InlineData("""{"w":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", 8, "entry w is not a tensor")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2]}}""", 8, "entry w is not a tensor")]
    [InlineData("""{"w":[]}""", 0, "entry w is not a tensor")]
    [InlineData(
        """{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""",
        8,
        "not a safetensors header"
    )]
    [InlineData("""{"__metadata__":{"a":1}}""", 0, "not a safetensors header")]
    [InlineData("""{"__metadata__":[]}""", 0, "not a safetensors header")]
    [InlineData("""{"w":""", 0, "not JSON")]
    [InlineData("[1,2]", 0, "not a JSON object")]
    public void A_header_that_does_not_fit_its_file_is_refused_by_name(string header, int dataBytes, string problem)
    {
        var message = Assert.Throws<CheckpointException>(() => Open(header, new byte[dataBytes])).Message;
        Assert.Contains(problem, message, StringComparison.Ordinal);
        Assert.Contains("bad.safetensors", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 1, 2, 3 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, 123, 125 })]
    [InlineData(new byte[] { 3, 0, 0, 0, 0, 0, 0, 0, 123, 125 })]
    [InlineData(new byte[] { 0, 0, 0, 5, 0, 0, 0, 0, 123, 125 })]
    public void A_file_that_is_none_is_refused_before_anything_is_allocated(byte[] bytes)
    {
        var path = Path.Combine(folder, "none");
        File.WriteAllBytes(path, bytes);
        Assert.Contains(
            "no safetensors file",
            Assert.Throws<CheckpointException>(() => SafetensorsFile.Read(path)).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "cannot be opened",
            Assert.Throws<CheckpointException>(() => SafetensorsFile.Read(path + "x")).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_name_that_is_not_utf8_is_refused()
    {
        var header = Encoding.UTF8.GetBytes("""{"w":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""");
        header[2] = 0xFF;
        var path = Path.Combine(folder, "name");
        File.WriteAllBytes(path, [(byte)header.Length, 0, 0, 0, 0, 0, 0, 0, .. header]);
        Assert.Throws<CheckpointException>(() => SafetensorsFile.Read(path));
    }

    [Fact]
    public void Tensors_that_do_not_make_a_file_are_refused_and_the_old_file_stays()
    {
        var path = Path.Combine(folder, "model");
        SafetensorsFile.Write(path, [new NamedFloats("w", [1], new float[] { 1 })], NoMetadata);
        var before = File.ReadAllBytes(path);
        Assert.Throws<ArgumentException>(() => SafetensorsFile.Write(path, [new NamedFloats("w", [2], new float[] { 1 })], NoMetadata));
        Assert.Throws<ArgumentException>(() =>
            SafetensorsFile.Write(path, [new NamedFloats("w", [1], new float[1]), new NamedFloats("w", [1], new float[1])], NoMetadata)
        );
        Assert.Throws<ArgumentException>(() =>
            SafetensorsFile.Write(path, [new NamedFloats("__metadata__", [1], new float[1])], NoMetadata)
        );
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(folder));
    }

    private static byte[] Values(string path)
    {
        var bytes = File.ReadAllBytes(path);
        return bytes[(8 + (int)BinaryPrimitives.ReadInt64LittleEndian(bytes))..];
    }

    private SafetensorsFile Open(string header, byte[] data)
    {
        var path = Path.Combine(folder, "bad.safetensors");
        File.WriteAllBytes(path, Bytes(header, data));
        return SafetensorsFile.Read(path);
    }

    private static byte[] Bytes(string header, byte[] data)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, Encoding.UTF8.GetByteCount(header));
        return [.. length, .. Encoding.UTF8.GetBytes(header), .. data];
    }
}
