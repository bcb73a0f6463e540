using System.Net;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Collectives;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Telemetry;
using Orchestrator.Worker.Agent;
using Orchestrator.Worker.Telemetry;
using Xunit;

namespace Orchestrator.Worker.Tests.Telemetry;

public sealed class MetricsPageTests
{
    [Fact]
    public async Task A_runs_series_are_served_and_end_with_the_run()
    {
        var traffic = new FrameTraffic();
        var metrics = new WorkerMetrics(traffic);
        var state = AgentState.Initial("a", 1, ["127.0.0.1:1"], DateTimeOffset.UnixEpoch) with { Refusal = "wrong join token" };
        await using var page = await MetricsPage.StartAsync(
            new Uri("http://127.0.0.1:0"),
            metrics,
            () => state,
            TimeProvider.System,
            default
        );
        using var client = new HttpClient { BaseAddress = new Uri(page.Url) };
        traffic.Count(FrameKind.Gradient, 100, 7);
        metrics.Joined("r-1", 0, 2, recovery: true);
        metrics.Committed("r-1", 0, Row(), 0.25, 0.5);
        metrics.Committed("r-1", 0, Row() with { Losses = [new LossTerm("loss", double.NaN)], NonFinite = Refused() }, 0.5, 0.75);
        metrics.Waited("b", TimeSpan.FromSeconds(1));

        var text = await client.GetStringAsync("/metrics");
        foreach (
            var line in new[]
            {
                $"{MetricNames.Steps}{{run=\"r-1\",rank=\"0\"}} 2",
                $"{MetricNames.SkippedSteps}{{run=\"r-1\",rank=\"0\"}} 1",
                $"{MetricNames.Samples}{{run=\"r-1\",rank=\"0\"}} 32",
                $"{MetricNames.Step}{{run=\"r-1\",rank=\"0\"}} 5",
                $"{MetricNames.Loss}{{run=\"r-1\",rank=\"0\",term=\"loss\"}} 1.5",
                $"{MetricNames.PhaseSeconds}{{run=\"r-1\",rank=\"0\",phase=\"data\"}} 0.5",
                $"{MetricNames.ShardSeconds}{{run=\"r-1\",rank=\"0\"}} 0.5",
                $"{MetricNames.Utilization}{{run=\"r-1\",rank=\"0\"}} 0.75",
                $"{MetricNames.FrameBytes}{{kind=\"gradient\",direction=\"sent\"}} 100",
                $"{MetricNames.Recoveries}{{run=\"r-1\"}} 1",
                $"{MetricNames.WaitingSeconds}{{peer=\"b\"}} 1",
            }
        )
        {
            Assert.Contains(line, text, StringComparison.Ordinal);
        }

        metrics.Forget("r-1");
        Assert.DoesNotContain("r-1", await client.GetStringAsync("/metrics"), StringComparison.Ordinal);
        Assert.Contains("\"refusal\":\"wrong join token\"", await client.GetStringAsync("/healthz"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_is_ready_while_a_coordinator_answers_it_and_it_does_not_drain()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(50));
        var state = AgentState.Initial("a", 1, ["coordinator-0:4053"], time.GetUtcNow());
        await using var page = await MetricsPage.StartAsync(
            new Uri("http://127.0.0.1:0"),
            new WorkerMetrics(new FrameTraffic()),
            () => state,
            time,
            default
        );
        using var client = new HttpClient { BaseAddress = new Uri(page.Url) };
        await SaysAsync(HttpStatusCode.ServiceUnavailable, "no coordinator has answered yet (coordinator-0:4053)");

        var answered = AgentTransitions.Decide(state, new Received(new StatusAck(null, 0, 1, 0, null)), time.GetUtcNow()).State;
        state = answered;
        await SaysAsync(HttpStatusCode.OK, "ready");
        time.Advance(TimeSpan.FromSeconds(11));
        await SaysAsync(HttpStatusCode.ServiceUnavailable, "no coordinator has answered for 11 s (coordinator-0:4053)");
        state = answered with { Refusal = "wrong join token", AcknowledgedAt = time.GetUtcNow() };
        await SaysAsync(HttpStatusCode.ServiceUnavailable, "the coordinator refuses it: wrong join token");
        state = AgentTransitions.Decide(answered, new DrainRequested(TimeSpan.FromSeconds(25)), time.GetUtcNow()).State;
        await SaysAsync(HttpStatusCode.ServiceUnavailable, "it drains");

        async Task SaysAsync(HttpStatusCode code, string text)
        {
            using var answer = await client.GetAsync("/readyz");
            Assert.Equal((code, text), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        }
    }

    private static StepRow Row() =>
        new()
        {
            Step = 4,
            Epoch = 0,
            Losses = [new LossTerm("loss", 1.5)],
            LearningRate = 1,
            GradientNorm = 1,
            Samples = 16,
            Seconds = 0.5,
            Phases = new Dictionary<string, double>(StringComparer.Ordinal) { ["data"] = 0.25 },
            Generation = 2,
        };

    private static NonFiniteRow Refused() => new() { What = "loss term reconstruction (NaN)", Shards = [] };
}
