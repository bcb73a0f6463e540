using System.Diagnostics;
using System.Text.Json;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Training;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Training;

public sealed class StepTraceTests : IDisposable
{
    private const int Steps = 3;
    private readonly string path = Path.Combine(Path.GetTempPath(), $"trace-{Guid.NewGuid():N}.json");

    public void Dispose() => File.Delete(path);

    [Fact]
    public void It_has_every_phase_of_every_shard_and_shows_in_no_bit()
    {
        using var group = ProcessGroup.Alone(SpoiledRun.Shards);
        using var plain = SpoiledRun.Of(SpoiledRun.Spec("{}"), [], threads: 2);
        var expected = SpoiledRun.Tell(plain, group, Steps);
        using var traced = SpoiledRun.Of(SpoiledRun.Spec("{}"), [], threads: 2);
        using (var trace = StepTrace.Open(path, "worker-1"))
        {
            traced.Trace = trace;
            using var again = ProcessGroup.Alone(SpoiledRun.Shards);
            Assert.Equal(expected, SpoiledRun.Tell(traced, again, Steps));
            traced.Trace = null;
        }

        var events = Read(File.ReadAllText(path));
        Assert.Contains(events, e => Name(e) == "process_name" && e.GetProperty("args").GetProperty("name").GetString() == "worker-1");
        var spans = events.Where(e => e.GetProperty("ph").GetString() == "X").ToList();
        foreach (var phase in new[] { "data", "forward", "backward" })
        {
            var of = spans.Where(e => Name(e) == phase).Select(e => (Argument(e, "step"), Argument(e, "shard")));
            Assert.Equal(
                from step in Enumerable.Range(0, Steps)
                from shard in Enumerable.Range(0, SpoiledRun.Shards)
                select (step, shard),
                of.Order()
            );
        }

        Assert.Equal(Enumerable.Range(0, Steps), spans.Where(e => Name(e) == "exchange").Select(e => Argument(e, "step")));
        // What one thread does it does one after another.
        foreach (var thread in spans.GroupBy(e => e.GetProperty("tid").GetInt32()))
        {
            var ordered = thread.OrderBy(Begins).ToList();
            Assert.All(
                ordered.Zip(ordered.Skip(1)),
                pair => Assert.True(Begins(pair.First) + Lasts(pair.First) <= Begins(pair.Second) + 0.5)
            );
        }
    }

    [Fact]
    public void Buckets_have_a_line_of_their_own()
    {
        var spec = SpoiledRun.Spec("{}");
        var ranges = ShardRange.InOrder([SpoiledRun.Shards / 2, SpoiledRun.Shards / 2]);
        using var trace = StepTrace.Open(path, "worker-1");
        var threads = ProcessGroup
            .InMemory(SpoiledRun.Shards, ranges)
            .Select(group => new Thread(() =>
            {
                using var run = SpoiledRun.Over(spec, MethodCatalog.Create(spec), threads: 2, bucketBytes: 1);
                run.Trace = group.Rank == 0 ? trace : null;
                SpoiledRun.Tell(run, group, Steps);
            }))
            .ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        var spans = Read(ReadOpen() + "]").Where(e => e.GetProperty("ph").GetString() == "X").ToList();
        var buckets = spans.Where(e => Name(e) == "bucket").ToList();
        Assert.Equal(
            from step in Enumerable.Range(0, Steps)
            from bucket in Enumerable.Range(0, 4)
            select (step, bucket),
            buckets.Select(e => (Argument(e, "step"), Argument(e, "bucket")))
        );
        var line = Assert.Single(buckets.Select(Line).Distinct());
        Assert.All(spans.Except(buckets), e => Assert.NotEqual(line, Line(e)));
    }

    [Fact]
    public void It_is_readable_without_its_end_and_has_the_first_steps_only()
    {
        using var trace = StepTrace.Open(path, "worker-1");
        for (var step = 0; step <= StepTrace.MaxSteps; step++)
        {
            trace.Add("forward", Stopwatch.GetTimestamp(), step, shard: 0);
            trace.EndStep();
        }

        // As Perfetto reads it: whoever was killed writes no end.
        var steps = Read(ReadOpen() + "]").Where(e => Name(e) == "forward").Select(e => Argument(e, "step"));
        Assert.Equal(Enumerable.Range(0, StepTrace.MaxSteps), steps);
    }

    private string ReadOpen()
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }

    private static List<JsonElement> Read(string json) => [.. JsonDocument.Parse(json).RootElement.EnumerateArray()];

    private static string? Name(JsonElement e) => e.GetProperty("name").GetString();

    private static double Begins(JsonElement e) => e.GetProperty("ts").GetDouble();

    private static double Lasts(JsonElement e) => e.GetProperty("dur").GetDouble();

    private static int Line(JsonElement e) => e.GetProperty("tid").GetInt32();

    private static int Argument(JsonElement e, string name) => e.GetProperty("args").GetProperty(name).GetInt32();
}
