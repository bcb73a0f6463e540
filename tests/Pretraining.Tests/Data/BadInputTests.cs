using System.Text;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using SkiaSharp;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data;

/// <summary>What a night's run meets: each is an error that says what is wrong before the first step, or a counted replacement that is named.</summary>
public sealed class BadInputTests : IDisposable
{
    private const string Images = "images: set";
    private const string Sounds = "audio: set";
    private const string Volumes = "volumes: set";
    private readonly DataFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Truncated_jpeg_is_replaced_and_named()
    {
        WritePictures(8);
        var jpeg = DataFolder.Picture(64, 64, (x, y) => new SKColor((byte)(x * y), 0, 0), SKEncodedImageFormat.Jpeg);
        folder.Write("set/5-cut.jpg", jpeg[..(jpeg.Length / 2)]);
        AssertReplaced(Images, 3, "set/5-cut.jpg");
    }

    [Fact]
    public void Image_that_claims_sixty_thousand_pixels_a_side_is_replaced_and_named()
    {
        WritePictures(8);
        folder.Write("set/5-huge.png", PngHeader(60_000));
        AssertReplaced(Images, 3, "claims 60000 × 60000 pixels");
    }

    [Fact]
    public void Empty_wav_is_replaced_and_named()
    {
        WriteSounds(8);
        folder.Write("set/5-empty.wav", Wav([]));
        AssertReplaced(Sounds, 1, "set/5-empty.wav");
    }

    [Fact]
    public void Wav_without_a_byte_is_replaced_and_named()
    {
        WriteSounds(8);
        folder.Write("set/5-nothing.wav", []);
        AssertReplaced(Sounds, 1, "set/5-nothing.wav");
    }

    [Fact]
    public void Npy_of_a_wrong_shape_is_replaced_and_named()
    {
        WriteVolumes(8);
        folder.Write("set/5-flat.npy", Npy("(256,)", new byte[256]));
        AssertReplaced(Volumes, 1, "set/5-flat.npy");
    }

    [Fact]
    public void Npy_that_is_shorter_than_its_shape_is_replaced_and_named()
    {
        WriteVolumes(8);
        folder.Write("set/5-cut.npy", Npy("(1, 16, 16)", new byte[100]));
        AssertReplaced(Volumes, 1, "set/5-cut.npy");
    }

    [Theory]
    [InlineData("path,kind\n0.png,1\n", "'labels.csv'")]
    [InlineData("path,label\n0.png,2000000\n", "line 2 has the label 2000000")]
    [InlineData("path,label\n0.png,-1\n1.png,0\n", null)]
    [InlineData("path,label\nnone.png,1\n", "line 2 names 'none.png'")]
    public void Labels_that_do_not_fit_are_refused(string table, string? problem)
    {
        WritePictures(8);
        folder.Write("labels.csv", Encoding.UTF8.GetBytes(table));
        if (problem is null)
        {
            // Not a number from 0 on, so it is a name as any other.
            using var data = DataSets.Open(new DataLocation(folder.Root), Spec(Images + ", labels: labels.csv", 3));
            Assert.Equal(["-1", "0"], data.ClassNames!);
            return;
        }

        AssertRefused(Images + ", labels: labels.csv", 3, problem);
    }

    [Theory]
    [InlineData(Images, 3, "'set' holds no image; put .jpg")]
    [InlineData(Sounds, 1, "'set' holds no sound; put .wav")]
    [InlineData(Volumes, 1, "'set' holds no volume; put .npy")]
    public void Empty_folder_is_refused(string source, int channels, string problem)
    {
        folder.Write("set/readme.md", [1]);
        AssertRefused(source, channels, problem);
    }

    [Fact]
    public void File_that_cannot_be_read_fails_the_run_by_its_name()
    {
        WritePictures(8);
        using var run = TrainingRun.Open(Spec(Images, 3), new TrainingOptions(new DataLocation(folder.Root), 1, 0));
        using var group = ProcessGroup.Alone(1);
        // A folder in a file's place cannot be read as one, not even by root.
        File.Delete(Path.Combine(folder.Root, "set/3.png"));
        Directory.CreateDirectory(Path.Combine(folder.Root, "set/3.png"));
        var error = Assert.Throws<DataException>(() => Steps(run, group));
        Assert.True(error.IsUnreadable);
        Assert.Contains("'set/3.png'", error.Message);
    }

    private void AssertRefused(string source, int channels, string problem) =>
        Assert.Contains(
            problem,
            Assert
                .Throws<DataException>(() =>
                    TrainingRun.Open(Spec(source, channels), new TrainingOptions(new DataLocation(folder.Root), 1, 0)).Dispose()
                )
                .Message
        );

    /// <summary>An epoch meets the damaged sample, goes on with another, and says so.</summary>
    private void AssertReplaced(string source, int channels, string problem)
    {
        using var run = TrainingRun.Open(Spec(source, channels), new TrainingOptions(new DataLocation(folder.Root), 1, 0));
        using var group = ProcessGroup.Alone(1);
        var sample = Assert.Single(Steps(run, group).SelectMany(row => row.Damaged ?? []));
        Assert.Contains(problem, sample.Problem);
        Assert.NotEqual(sample.Sample, sample.Replacement);
    }

    private static List<StepRow> Steps(TrainingRun run, ProcessGroup group) =>
        [.. Enumerable.Range(0, (int)run.StepsPerEpoch).Select(_ => run.Step(group))];

    private static RunSpec Spec(string source, int channels)
    {
        var (image, options) = source.StartsWith(Sounds, StringComparison.Ordinal)
            ? ("[16, 8]", "spectrogram: { sampleRate: 8000, seconds: 0.175 }, ")
            : ("16", "");
        var result = RunSpecParser.Parse(
            $$"""
            method: gmml
            data: { {{source}}, lastBatch: wrap }
            budget: { steps: 100 }
            batch: { size: 3, shards: 1 }
            workers: { max: 1 }
            backbone: { custom: { patch: 8, dim: 8, depth: 1, heads: 1 }, image: {{image}}, channels: {{channels}} }
            options: { {{options}}views: 1, corruption: { block: [0.1, 0.5] } }
            """
        );
        return result.Spec ?? throw new InvalidOperationException(string.Join("; ", result.Errors));
    }

    private void WritePictures(int count)
    {
        for (var i = 0; i < count; i++)
        {
            folder.Write($"set/{i}.png", DataFolder.Picture(20, 20, (x, y) => new SKColor((byte)(9 * x), (byte)(9 * y), 5)));
        }
    }

    private void WriteSounds(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var pitch = 200 + (50 * i);
            folder.Write(
                $"set/{i}.wav",
                Wav([.. Enumerable.Range(0, 2000).Select(t => (short)(9000 * Math.Sin(t * pitch * Math.Tau / 8000)))])
            );
        }
    }

    private void WriteVolumes(int count)
    {
        for (var i = 0; i < count; i++)
        {
            folder.Write($"set/{i}.npy", Npy("(1, 16, 16)", [.. Enumerable.Range(0, 256).Select(v => (byte)v)]));
        }
    }

    /// <summary>16 bits, mono, 8 kHz.</summary>
    private static byte[] Wav(short[] samples)
    {
        using var memory = new MemoryStream();
        using var writer = new BinaryWriter(memory);
        writer.Write("RIFF"u8);
        writer.Write(36 + (2 * samples.Length));
        writer.Write("WAVEfmt "u8);
        writer.Write(16);
        writer.Write((short)1);
        writer.Write((short)1);
        writer.Write(8000);
        writer.Write(16_000);
        writer.Write((short)2);
        writer.Write((short)16);
        writer.Write("data"u8);
        writer.Write(2 * samples.Length);
        foreach (var sample in samples)
        {
            writer.Write(sample);
        }

        return memory.ToArray();
    }

    /// <summary>Version 1, unsigned bytes, C order.</summary>
    private static byte[] Npy(string shape, byte[] values)
    {
        var header = $"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}";
        var padded = header.PadRight(128 - 10 - 1) + '\n';
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)padded.Length, 0, .. Encoding.ASCII.GetBytes(padded), .. values];
    }

    /// <summary>A PNG's header with its checksum, a data chunk without data, and nothing else.</summary>
    private static byte[] PngHeader(ushort side)
    {
        byte[] size = [0, 0, (byte)(side >> 8), (byte)side];
        return [0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n', .. Chunk([.. "IHDR"u8, .. size, .. size, 8, 2, 0, 0, 0]), .. Chunk([.. "IDAT"u8])];

        static byte[] Chunk(byte[] typed)
        {
            var crc = DataFolder.PngChecksum(typed);
            return [0, 0, 0, (byte)(typed.Length - 4), .. typed, (byte)(crc >> 24), (byte)(crc >> 16), (byte)(crc >> 8), (byte)crc];
        }
    }
}
