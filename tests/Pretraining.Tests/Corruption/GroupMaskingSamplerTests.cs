using System.Text.Json;
using Orchestrator.Pretraining.Corruption;
using Orchestrator.Pretraining.Data;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Corruption;

/// <summary>Against <c>gmml_sampler</c>: the reference's statistics over 1,500 draws; ours over 800 may differ by 5 standard errors of both.</summary>
public sealed class GroupMaskingSamplerTests
{
    private const int Draws = 800;
    private static readonly JsonElement[] Statistics =
    [
        .. JsonDocument
            .Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Vectors", "gmml_sampler.json")))
            .RootElement.EnumerateArray(),
    ];

    [Theory]
    [InlineData("224x224_a1_p0.75_noise", 224, 224, 1, 0.5, 0.75)]
    [InlineData("224x224_a16_p0.75_noise", 224, 224, 16, 0.5, 0.75)]
    [InlineData("224x224_a1_p0.3_replace", 224, 224, 1, 0.3, 0.3)]
    [InlineData("224x224_a16_p0.3_replace", 224, 224, 16, 0.3, 0.3)]
    [InlineData("224x224_a1_p0.5_zeros", 224, 224, 1, 0.5, 0.5)]
    [InlineData("96x96_a1_p0.75_noise", 96, 96, 1, 0.5, 0.75)]
    [InlineData("32x32_a1_p0.75_noise", 32, 32, 1, 0.5, 0.75)]
    [InlineData("32x32_a4_p0.5_zeros", 32, 32, 4, 0.5, 0.5)]
    [InlineData("64x64_a8_p0.5_zeros", 64, 64, 8, 0.5, 0.5)]
    [InlineData("592x128_a1_p0.7_zeros", 592, 128, 1, 0.5, 0.7)]
    [InlineData("592x128_a16_p0.7_zeros", 592, 128, 16, 0.5, 0.7)]
    [InlineData("592x128_a1_p0.3_replace", 592, 128, 1, 0.3, 0.3)]
    public void Covered_area_and_its_place_are_the_references(string key, int height, int width, int align, double low, double high)
    {
        var size = new ImageSize(height, width, 1);
        // Covered by zeros: what is covered does not depend on the fill.
        var masking = new GroupMasking(
            size,
            new CorruptionOptions(
                FillKind.Zeros,
                new Interval(low, high),
                new Interval(0, 0.3),
                align,
                new ReplaceOptions(0, Interval.At(0.3))
            )
        );
        var expected = Statistics.Single(entry => entry.GetProperty("key").GetString() == key);
        var patch = expected.GetProperty("patch").GetInt32();
        var (clean, corrupted, mask, mean) = (new float[size.Length], new float[size.Length], new byte[size.Area], new double[size.Area]);
        var fractions = new double[Draws];
        var (touched, full) = (new double[Draws], new double[Draws]);
        for (var draw = 0; draw < Draws; draw++)
        {
            fractions[draw] = masking.Corrupt(clean, [], 11, 0, draw, 0, corrupted, mask) / (double)size.Area;
            for (var i = 0; i < mask.Length; i++)
            {
                mean[i] += mask[i] / (double)Draws;
            }

            (touched[draw], full[draw]) = PatchShares(mask, size, patch);
        }

        var fractionError = 5 * expected.GetProperty("fraction_sd").GetDouble() * StandardError;
        Assert.Equal(expected.GetProperty("fraction_mean").GetDouble(), fractions.Average(), fractionError);
        // The sd of an sd is about sd/√(2n) for a normal distribution and less for a uniform one.
        Assert.Equal(expected.GetProperty("fraction_sd").GetDouble(), Deviation(fractions), fractionError);
        // Rounded to four digits in the file.
        Assert.Equal(
            expected.GetProperty("patches_touched").GetDouble(),
            touched.Average(),
            (5 * Deviation(touched) * StandardError) + 1e-4
        );
        Assert.Equal(expected.GetProperty("patches_full").GetDouble(), full.Average(), (5 * Deviation(full) * StandardError) + 1e-4);

        var vectors = new BlockVectors("gmml_sampler.safetensors");
        // A pixel is covered or not: sd ≤ ½; a line's mean has less.
        float[] edges = vectors.Floats($"edges.{key}");
        double[] ours =
        [
            mean[..width].Average(),
            mean[^width..].Average(),
            Enumerable.Range(0, height).Average(y => mean[y * width]),
            Enumerable.Range(0, height).Average(y => mean[(y * width) + width - 1]),
            mean.AsSpan(height / 2 * width, width).ToArray().Average(),
        ];
        for (var i = 0; i < edges.Length; i++)
        {
            Assert.Equal(edges[i], ours[i], 5 * 0.35 * StandardError);
        }

        var quantiles = vectors.Floats($"fraction_quantiles.{key}");
        Array.Sort(fractions);
        Assert.Equal(quantiles[3], fractions[Draws / 2], 2 * fractionError);
        Assert.True(fractions[0] >= low, "no view stays below its target");
    }

    private static double StandardError => Math.Sqrt((1.0 / 1500) + (1.0 / Draws));

    private static double Deviation(double[] values)
    {
        var mean = values.Average();
        return Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
    }

    private static (double Touched, double Full) PatchShares(byte[] mask, ImageSize size, int patch)
    {
        var (touched, full, patches) = (0, 0, 0);
        for (var top = 0; top + patch <= size.Height; top += patch)
        {
            for (var left = 0; left + patch <= size.Width; left += patch)
            {
                var sum = 0;
                for (var y = top; y < top + patch; y++)
                {
                    sum += patch - mask.AsSpan((y * size.Width) + left, patch).Count((byte)0);
                }

                patches++;
                touched += sum > 0 ? 1 : 0;
                full += sum == patch * patch ? 1 : 0;
            }
        }

        return (touched / (double)patches, full / (double)patches);
    }
}
