using Orchestrator.Collectives;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Telemetry;
using Prometheus;

namespace Orchestrator.Worker.Telemetry;

/// <summary>What this worker measures, in a registry of its own. A run's series go when the run is left.</summary>
public sealed class WorkerMetrics
{
    private const int MostPeers = 64;
    private static readonly string[] RunLabels = ["run", "rank"];

    // 1 ms to 65 s.
    private static readonly double[] StepBuckets = Histogram.ExponentialBuckets(0.001, 2, 17);

    private readonly Counter samples;
    private readonly Counter steps;
    private readonly Counter skippedSteps;
    private readonly Gauge step;
    private readonly Gauge loss;
    private readonly Gauge learningRate;
    private readonly Gauge gradientNorm;
    private readonly Gauge health;
    private readonly Gauge samplesPerSecond;
    private readonly Gauge utilization;
    private readonly Histogram stepSeconds;
    private readonly Gauge shardSeconds;
    private readonly Counter phaseSeconds;
    private readonly Counter frameBytes;
    private readonly Gauge generation;
    private readonly Counter recoveries;
    private readonly Histogram checkpointSeconds;
    private readonly Counter checkpointFailures;
    private readonly Counter waitingSeconds;
    private readonly HashSet<string> peers = new(StringComparer.Ordinal);

    public WorkerMetrics(FrameTraffic traffic)
    {
        Registry = Metrics.NewCustomRegistry();
        var factory = Metrics.WithCustomRegistry(Registry);
        samples = factory.CreateCounter(MetricNames.Samples, "Samples of the global batch in completed steps.", RunLabels);
        steps = factory.CreateCounter(MetricNames.Steps, "Steps completed by this process.", RunLabels);
        skippedSteps = factory.CreateCounter(
            MetricNames.SkippedSteps,
            "Completed steps that were not applied: a loss or a gradient was not finite.",
            RunLabels
        );
        step = factory.CreateGauge(MetricNames.Step, "Completed steps of the run.", RunLabels);
        loss = factory.CreateGauge(MetricNames.Loss, "Loss terms of the last applied step.", "run", "rank", "term");
        learningRate = factory.CreateGauge(MetricNames.LearningRate, "Learning rate of the last step.", RunLabels);
        gradientNorm = factory.CreateGauge(
            MetricNames.GradientNorm,
            "Norm of the whole gradient before clipping, in the last applied step.",
            RunLabels
        );
        health = factory.CreateGauge(MetricNames.Health, "How learning went in the last step, by figure.", "run", "rank", "figure");
        samplesPerSecond = factory.CreateGauge(
            MetricNames.SamplesPerSecond,
            "Samples of the global batch a second, in the last step.",
            RunLabels
        );
        utilization = factory.CreateGauge(
            MetricNames.Utilization,
            "Model FLOPs utilization in the last step: the rank's part of the matrix products, as a share of what its threads multiply at best.",
            RunLabels
        );
        stepSeconds = factory.CreateHistogram(
            MetricNames.StepSeconds,
            "Time of a step.",
            RunLabels,
            new HistogramConfiguration { Buckets = StepBuckets }
        );
        shardSeconds = factory.CreateGauge(
            MetricNames.ShardSeconds,
            "Own computing time of one shard on one thread in the last step: views, forward and backward pass.",
            RunLabels
        );
        phaseSeconds = factory.CreateCounter(MetricNames.PhaseSeconds, "Time in steps by phase.", "run", "rank", "phase");
        frameBytes = factory.CreateCounter(MetricNames.FrameBytes, "Bytes on the data plane.", "kind", "direction");
        generation = factory.CreateGauge(MetricNames.Generation, "Generation of the run that this worker takes part in.", RunLabels);
        recoveries = factory.CreateCounter(
            MetricNames.Recoveries,
            "Generations formed after the first in which this worker took part.",
            "run"
        );
        checkpointSeconds = factory.CreateHistogram(
            MetricNames.CheckpointSeconds,
            "Time to write a checkpoint.",
            new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(0.01, 2, 16) }
        );
        checkpointFailures = factory.CreateCounter(MetricNames.CheckpointFailures, "Checkpoints that could not be written.");
        waitingSeconds = factory.CreateCounter(MetricNames.WaitingSeconds, "Time that the rank waited for a peer, sampled.", "peer");
        Registry.AddBeforeCollectCallback(() => ReadTraffic(traffic));
    }

    public CollectorRegistry Registry { get; }

    /// <summary>Name of a frame kind on the wire's counters.</summary>
    public static string KindName(FrameKind kind) => kind.ToString().ToLowerInvariant();

    /// <param name="ownSeconds">Of one shard on one thread.</param>
    /// <param name="mfu">Of the rank.</param>
    public void Committed(string run, int rank, StepRow row, double ownSeconds, double mfu)
    {
        string[] labels = [run, Text(rank)];
        samples.WithLabels(labels).Inc(row.Samples);
        steps.WithLabels(labels).Inc();
        step.WithLabels(labels).Set(row.Step + 1);
        learningRate.WithLabels(labels).Set(row.LearningRate);
        samplesPerSecond.WithLabels(labels).Set(row.Seconds > 0 ? row.Samples / row.Seconds : 0);
        utilization.WithLabels(labels).Set(mfu);
        stepSeconds.WithLabels(labels).Observe(row.Seconds);
        shardSeconds.WithLabels(labels).Set(ownSeconds);
        if (row.NonFinite is null)
        {
            Learned(run, labels, row);
        }
        else
        {
            skippedSteps.WithLabels(labels).Inc();
        }

        foreach (var (phase, seconds) in row.Phases)
        {
            phaseSeconds.WithLabels(run, labels[1], phase).Inc(seconds);
        }
    }

    /// <summary>A generation was joined. Series of another rank that this worker had end.</summary>
    /// <param name="recovery">Whether the worker was in an earlier one of the run.</param>
    public void Joined(string run, int rank, long number, bool recovery)
    {
        foreach (var labels in generation.GetAllLabelValues().Where(labels => labels[0] == run && labels[1] != Text(rank)).ToList())
        {
            generation.RemoveLabelled(labels);
            step.RemoveLabelled(labels);
            shardSeconds.RemoveLabelled(labels);
            utilization.RemoveLabelled(labels);
        }

        generation.WithLabels(run, Text(rank)).Set(number);
        if (recovery)
        {
            recoveries.WithLabels(run).Inc();
        }
    }

    public void CheckpointWritten(TimeSpan took) => checkpointSeconds.Observe(took.TotalSeconds);

    public void CheckpointFailed() => checkpointFailures.Inc();

    /// <summary>The rank was seen waiting for someone.</summary>
    public void Waited(string peer, TimeSpan time)
    {
        lock (peers)
        {
            if (!peers.Contains(peer) && peers.Count >= MostPeers)
            {
                peer = "other";
            }

            peers.Add(peer);
        }

        waitingSeconds.WithLabels(peer).Inc(time.TotalSeconds);
    }

    /// <summary>The run is left: its series end.</summary>
    public void Forget(string run)
    {
        foreach (
            Collector collector in new Collector[]
            {
                samples,
                steps,
                skippedSteps,
                step,
                loss,
                learningRate,
                gradientNorm,
                health,
                samplesPerSecond,
                utilization,
                stepSeconds,
                shardSeconds,
                phaseSeconds,
                generation,
                recoveries,
            }
        )
        {
            Remove(collector, run);
        }

        lock (peers)
        {
            peers.Clear();
            foreach (var labels in waitingSeconds.GetAllLabelValues().ToList())
            {
                waitingSeconds.RemoveLabelled(labels);
            }
        }
    }

    private void Learned(string run, string[] labels, StepRow row)
    {
        // The series is there before its first increase: a rate over it then sees that one.
        skippedSteps.WithLabels(labels).Inc(0);
        gradientNorm.WithLabels(labels).Set(row.GradientNorm);
        foreach (var term in row.Losses)
        {
            loss.WithLabels(run, labels[1], term.Name).Set(term.Value);
        }

        foreach (var figure in row.Health ?? [])
        {
            health.WithLabels(run, labels[1], figure.Name).Set(figure.Value);
        }
    }

    private static void Remove(Collector collector, string run)
    {
        switch (collector)
        {
            case Counter counter:
                counter.GetAllLabelValues().Where(labels => labels[0] == run).ToList().ForEach(counter.RemoveLabelled);
                break;
            case Gauge gauge:
                gauge.GetAllLabelValues().Where(labels => labels[0] == run).ToList().ForEach(gauge.RemoveLabelled);
                break;
            case Histogram histogram:
                histogram.GetAllLabelValues().Where(labels => labels[0] == run).ToList().ForEach(histogram.RemoveLabelled);
                break;
        }
    }

    private void ReadTraffic(FrameTraffic traffic)
    {
        foreach (var kind in Enum.GetValues<FrameKind>())
        {
            frameBytes.WithLabels(KindName(kind), "sent").IncTo(traffic.Sent(kind));
            frameBytes.WithLabels(KindName(kind), "received").IncTo(traffic.Received(kind));
        }
    }

    private static string Text(int rank) => rank.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
