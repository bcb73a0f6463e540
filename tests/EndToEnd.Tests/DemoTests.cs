using System.Text.RegularExpressions;
using Xunit;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>The demo as a user types it first, shortened: the sample, its probes, what is printed and what stays.</summary>
[Collection(UndisturbedRuns.Collection)]
public sealed partial class DemoTests(UndisturbedRuns runs)
{
    [Fact]
    public async Task Sample_is_judged_and_its_results_stay_where_the_output_says()
    {
        var here = runs.Folder();
        await using var demo = CliProcess.Start(here, "demo", "--steps", "40");
        Assert.True(await demo.EndAsync() == 0, demo.Both);
        foreach (
            var part in new[]
            {
                "protocol unaligned",
                "random init",
                "aligned pixels",
                "kNN",
                "linear",
                "1 label a class",
                "5 labels a class",
                "samples/s",
            }
        )
        {
            Assert.Contains(part, demo.Out, StringComparison.Ordinal);
        }

        Assert.Matches("weights SHA-256 [0-9a-f]{64}\n", demo.Out);
        var results = Path.Combine(here, "orchestrator-demo", await demo.RunAsync());
        foreach (var (label, name) in new[] { ("encoder", "encoder.safetensors"), ("reconstruction", "reconstruction.png") })
        {
            Assert.Matches($@"{label}\s+{Regex.Escape(Path.Combine(results, name))}\n", demo.Out);
            Assert.True(new FileInfo(Path.Combine(results, name)).Length > 1000, name);
        }

        var state = await demo.SaysAsync(State());
        Assert.False(Directory.Exists(state), $"{state} is still there");
        await Processes.AssertNoneAsync(state, TimeSpan.Zero);
    }

    [GeneratedRegex(@"state and logs in (\S+)")]
    private static partial Regex State();
}
