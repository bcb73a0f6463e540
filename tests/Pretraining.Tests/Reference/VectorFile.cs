using System.Text.Json;
using Orchestrator.Pretraining.Checkpoints;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Reference;

/// <summary>A golden-vector file with its precision rule (Vectors/README.md): |x − expected| ≤ 1e-5 · max|expected| + 5 · f32_deviation.</summary>
internal sealed class VectorFile
{
    private readonly Dictionary<string, SafetensorsEntry> entries;
    private readonly Dictionary<string, float[]> cache = new(StringComparer.Ordinal);
    private readonly JsonElement deviations;

    private VectorFile(SafetensorsFile file)
    {
        entries = file.Entries.ToDictionary(e => e.Name, StringComparer.Ordinal);
        Metadata = file.Metadata;
        deviations = JsonDocument.Parse(Metadata.GetValueOrDefault("f32_deviation") ?? "{}").RootElement;
    }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    public IEnumerable<string> Names => entries.Keys;

    public static VectorFile Open(string name) =>
        new(SafetensorsFile.Read(Path.Combine(AppContext.BaseDirectory, "Vectors", name + ".safetensors")));

    public bool Has(string name) => entries.ContainsKey(name);

    public long[] Shape(string name) => entries[name].Shape;

    public float[] Floats(string name)
    {
        lock (cache)
        {
            return cache.TryGetValue(name, out var values) ? values : cache[name] = entries[name].ReadFloats();
        }
    }

    public long[] Int64s(string name) => entries[name].ReadInt64s();

    public void AssertClose(string name, ReadOnlySpan<float> actual)
    {
        var expected = Floats(name);
        Assert.Equal(expected.Length, actual.Length);
        var largest = expected.Length == 0 ? 0 : expected.Max(MathF.Abs);
        var deviation = deviations.TryGetProperty(name, out var pair) ? pair[0].GetDouble() : 0;
        var bound = (1e-5 * largest) + (5 * deviation);
        for (var i = 0; i < expected.Length; i++)
        {
            var difference = Math.Abs((double)actual[i] - expected[i]);
            Assert.True(
                difference <= bound,
                $"{name}[{i}] is {actual[i]:R}, the reference {expected[i]:R}: {difference:E2} apart, {bound:E2} allowed"
            );
        }
    }
}
