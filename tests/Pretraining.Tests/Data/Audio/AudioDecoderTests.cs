using System.Buffers.Binary;
using System.Text;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Audio;
using Orchestrator.Shared.Randomness;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data.Audio;

public sealed class AudioDecoderTests
{
    [Theory]
    [InlineData("u8.wav", 2)]
    [InlineData("s16.wav", 2)]
    [InlineData("s24.wav", 2)]
    [InlineData("s32.wav", 2)]
    [InlineData("f32.wav", 2)]
    [InlineData("f64.wav", 2)]
    [InlineData("six.wav", 6)]
    [InlineData("piped-ffmpeg.wav", 2)]
    [InlineData("piped-sox.wav", 2)]
    [InlineData("u8.flac", 2)]
    [InlineData("s16.flac", 2)]
    [InlineData("s24.flac", 2)]
    [InlineData("ffmpeg24.flac", 2)]
    [InlineData("piped.flac", 2)]
    public void Lossless_file_is_what_ffmpeg_decodes(string name, int channels)
    {
        var clip = AudioDecoder.Decode(AudioFiles.Read(name), name);
        Assert.Equal(16_000, clip.SampleRate);
        Assert.Equal(AudioFiles.Mono(name, channels), clip.Samples);
    }

    [Fact]
    public void Flac_with_wasted_bits_and_a_constant_is_what_ffmpeg_decodes()
    {
        var clip = AudioDecoder.Decode(AudioFiles.Read("wasted.flac"), "wasted.flac");
        Assert.Equal(8_000, clip.SampleRate);
        Assert.Equal(AudioFiles.Mono("wasted.flac", 1), clip.Samples);
    }

    [Theory]
    [InlineData("sox.ogg", 2)]
    [InlineData("ffmpeg.ogg", 1)]
    public void Vorbis_file_is_what_ffmpeg_decodes_to_the_rounding_of_its_arithmetic(string name, int channels)
    {
        var clip = AudioDecoder.Decode(AudioFiles.Read(name), name);
        var expected = AudioFiles.Mono(name, channels);
        Assert.Equal(22_050, clip.SampleRate);
        // ffmpeg gives the last block whole; the sound ends where the last page says.
        Assert.Equal(4_410, clip.Samples.Length);
        Assert.InRange(expected.Length, 4_410, 4_410 + 1_024);
        for (var i = 0; i < clip.Samples.Length; i++)
        {
            Assert.Equal(expected[i], clip.Samples[i], 1e-5f);
        }
    }

    [Theory]
    [InlineData("s16.wav", AudioFormat.Wav, 2, 800)]
    [InlineData("six.wav", AudioFormat.Wav, 6, 320)]
    [InlineData("piped-ffmpeg.wav", AudioFormat.Wav, 2, 800)]
    [InlineData("s24.flac", AudioFormat.Flac, 2, 800)]
    [InlineData("piped.flac", AudioFormat.Flac, 2, null)]
    [InlineData("sox.ogg", AudioFormat.OggVorbis, 2, 4_410)]
    public void Measuring_reads_the_headers(string name, AudioFormat format, int channels, int? frames)
    {
        var content = AudioFiles.Read(name);
        var info = new AudioInfo(format, format == AudioFormat.OggVorbis ? 22_050 : 16_000, channels, frames);
        Assert.Equal(info, AudioDecoder.Measure(content, name));
        var head = content.AsSpan(0, Math.Min(600, content.Length));
        var tail = content.AsSpan(Math.Max(0, content.Length - 2_000));
        Assert.Equal(info, AudioDecoder.Measure(head, tail, content.Length, name));
    }

    [Theory]
    [InlineData("s16.wav")]
    [InlineData("s24.flac")]
    [InlineData("u8.flac")]
    [InlineData("piped.flac")]
    [InlineData("sox.ogg")]
    public void Window_is_that_part_of_the_clip(string name)
    {
        var content = AudioFiles.Read(name);
        var whole = AudioDecoder.Decode(content, name);
        var window = AudioDecoder.Decode(content, name, 0.01, 0.02);
        var (start, length) = ((int)Math.Round(0.01 * whole.SampleRate), (int)Math.Round(0.02 * whole.SampleRate));
        Assert.Equal(whole.Samples.AsSpan(start, length).ToArray(), window.Samples);
        var rest = AudioDecoder.Decode(content, name, 0.04, 3_600);
        Assert.Equal(whole.Samples[(int)Math.Round(0.04 * whole.SampleRate)..], rest.Samples);
    }

    [Theory]
    [InlineData("s16.wav")]
    [InlineData("s24.flac")]
    [InlineData("sox.ogg")]
    public void Window_beyond_the_end_is_refused(string name) =>
        Assert.Contains(
            "the window starts at 7 s",
            Assert.Throws<DataException>(() => AudioDecoder.Decode(AudioFiles.Read(name), name, 7, 1)).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("s16.wav")]
    [InlineData("f64.wav")]
    [InlineData("s16.flac")]
    [InlineData("ffmpeg24.flac")]
    [InlineData("sox.ogg")]
    public void Truncated_file_is_refused_wherever_it_ends(string name)
    {
        var content = AudioFiles.Read(name);
        for (var length = 0; length < content.Length; length += 1 + (length / 50))
        {
            var error = Assert.Throws<DataException>(() => AudioDecoder.Decode(content.AsMemory(0, length), name));
            Assert.Contains($"'{name}'", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("s16.flac")]
    [InlineData("sox.ogg")]
    public void File_with_a_flipped_bit_in_its_sound_is_refused(string name)
    {
        for (var offset = 200; offset < AudioFiles.Read(name).Length; offset += 97)
        {
            var content = AudioFiles.Read(name);
            content[offset] ^= 0x10;
            Assert.Throws<DataException>(() => AudioDecoder.Decode(content, name));
        }
    }

    [Theory]
    // The length of the vendor's name, and the entries of the first codebook, right after its mark and dimensions.
    [InlineData("\u0003vorbis", 7, 4, "ends inside its Vorbis headers")]
    [InlineData("BCV", 5, 3, "values in its Vorbis codebooks")]
    public void Vorbis_that_claims_gigabytes_in_its_headers_is_refused(string mark, int offset, int bytes, string message)
    {
        var content = AudioFiles.Read("sox.ogg");
        var at = content.AsSpan().IndexOf(Encoding.ASCII.GetBytes(mark));
        // 2^30 − 1 or 2^24 − 1, lowest byte first.
        content.AsSpan(at + offset, bytes).Fill(0xFF);
        content[at + offset + bytes - 1] &= bytes == 4 ? (byte)0x3F : (byte)0xFF;
        OggChecksums.Renew(content);
        var before = GC.GetAllocatedBytesForCurrentThread();
        AssertRefused(content, message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    [Theory]
    [InlineData("s24.wav")]
    [InlineData("six.wav")]
    [InlineData("s24.flac")]
    [InlineData("wasted.flac")]
    [InlineData("sox.ogg")]
    public void Any_other_bytes_give_a_clip_or_the_error_and_never_much_memory(string name)
    {
        var original = AudioFiles.Read(name);
        var draws = new PhiloxStream(11, DrawPurpose.Preflight);
        for (var trial = 0; trial < 500; trial++)
        {
            var content = (byte[])original.Clone();
            // Half of the changes hit the headers.
            var reach = draws.NextBoolean(0.5) ? Math.Min(200, content.Length) : content.Length;
            for (var change = draws.NextInt32(6); change >= 0; change--)
            {
                content[draws.NextInt32(reach)] = (byte)draws.NextUInt32();
            }

            if (content.AsSpan().StartsWith("OggS"u8) && original.AsSpan().StartsWith("OggS"u8))
            {
                OggChecksums.Renew(content);
            }

            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Assert.All(AudioDecoder.Decode(content, name).Samples, sample => Assert.True(float.IsFinite(sample)));
            }
            catch (DataException exception)
            {
                Assert.Contains(name, exception.Message, StringComparison.Ordinal);
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
        }
    }

    [Fact]
    public void Wav_without_samples_is_refused()
    {
        var content = AudioFiles.Read("s16.wav").AsSpan(0, 44).ToArray();
        content.AsSpan(40).Clear();
        AssertRefused(content, "has no samples");
    }

    [Fact]
    public void Wav_of_0_hertz_is_refused()
    {
        var content = AudioFiles.Read("s16.wav");
        content.AsSpan(24, 4).Clear();
        AssertRefused(content, "claims 0 Hz");
    }

    [Fact]
    public void Wav_with_a_sample_that_is_no_number_is_refused()
    {
        var content = AudioFiles.Read("f32.wav");
        BinaryPrimitives.WriteSingleLittleEndian(content.AsSpan(content.Length - 16), float.NaN);
        AssertRefused(content, "holds NaN as sample 798");
    }

    [Fact]
    public void Wav_of_a_compressed_format_is_refused()
    {
        var content = AudioFiles.Read("s16.wav");
        content[20] = 2;
        AssertRefused(content, "format 2 with 16 bits");
    }

    [Fact]
    public void Flac_that_claims_hours_is_refused_before_a_frame_is_read()
    {
        var content = AudioFiles.Read("s16.flac");
        content.AsSpan(22, 4).Fill(0xFF);
        AssertRefused(content, "longer than 3600 s");
    }

    [Fact]
    public void File_of_another_kind_is_refused() => AssertRefused("ID3 and what follows"u8.ToArray(), "starts with 4944332061");

    private static void AssertRefused(byte[] content, string message) =>
        Assert.Contains(
            message,
            Assert.Throws<DataException>(() => AudioDecoder.Decode(content, "clip")).Message,
            StringComparison.Ordinal
        );
}
