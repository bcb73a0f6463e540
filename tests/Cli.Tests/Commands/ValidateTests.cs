using System.Text.Json;
using Xunit;

namespace Orchestrator.Cli.Tests.Commands;

public sealed class ValidateTests
{
    private const string Spec = "method: gmml\ndata: { images: a }\nbatch: { size: 64, shards: 8 }\nworkers: { min: 1, max: 3 }\n";

    [Fact]
    public async Task Valid_spec_prints_how_its_shards_are_cut_for_each_number_of_workers()
    {
        using var file = new TemporaryFile(Spec);
        var typed = await Typed.RunAsync("validate", file.Path);
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        Assert.Contains("batch 64 in 8 shards of 8", typed.Out, StringComparison.Ordinal);
        // V = 8 on W = 3: three, three and two; 8 / (3 · 3) of the time is used.
        Assert.Contains(typed.Lines, line => line.StartsWith('3') && line.EndsWith("88.9 %", StringComparison.Ordinal));
        Assert.Equal(6, typed.Lines.Count);
    }

    [Fact]
    public async Task Json_has_the_resolved_spec_and_the_plans()
    {
        using var file = new TemporaryFile(Spec);
        var document = JsonDocument.Parse((await Typed.RunAsync("validate", file.Path, "--json")).Out).RootElement;
        Assert.True(document.GetProperty("valid").GetBoolean());
        Assert.Equal(800, document.GetProperty("spec").GetProperty("budget").GetProperty("epochs").GetInt32());
        Assert.Equal(8, document.GetProperty("plans")[2].GetProperty("shards").EnumerateArray().Sum(s => s.GetInt32()));
    }

    [Fact]
    public async Task Json_of_a_bad_spec_has_its_errors_and_ends_with_2()
    {
        using var file = new TemporaryFile("method: nonsense\n");
        var typed = await Typed.RunAsync("validate", file.Path, "--json");
        Assert.Equal(ExitCode.BadInput, typed.Code);
        var paths = JsonDocument
            .Parse(typed.Out)
            .RootElement.GetProperty("errors")
            .EnumerateArray()
            .Select(e => e.GetProperty("path").GetString());
        Assert.Equal(["method", "data.images"], paths);
    }

    [Fact]
    public async Task Spec_for_thousands_of_workers_is_answered_at_once()
    {
        using var file = new TemporaryFile(
            "method: gmml\ndata: { images: a }\nbatch: { size: 65536, shards: 32768 }\nworkers: { min: 1, max: 4096 }\n"
        );
        var typed = await Typed.RunAsync("validate", file.Path);
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        Assert.StartsWith("4096", typed.Lines[^1], StringComparison.Ordinal);
    }
}
