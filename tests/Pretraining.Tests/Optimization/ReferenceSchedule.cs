using System.Text.Json;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Optimization;

/// <summary>The references' schedules of 20 epochs of 7 steps, 4 of them warm-up: the values used in each step, as exact doubles.</summary>
internal static class ReferenceSchedule
{
    public const int Total = 140;
    public const int Warmup = 28;
    public const int StepsPerEpoch = 7;

    /// <summary>Compares every step.</summary>
    /// <param name="name">Key of the vector file.</param>
    /// <param name="at">The value at a 0-based step.</param>
    public static void AssertFollows(string name, Func<long, double> at)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Vectors", "schedules.json")));
        var expected = document.RootElement.GetProperty(name).EnumerateArray().Select(v => v.GetDouble()).ToArray();
        Assert.Equal(Total, expected.Length);
        for (var step = 0; step < Total; step++)
        {
            Assert.Equal(expected[step], at(step), 1e-15 * expected.Max());
        }
    }
}
