using System.Collections.Concurrent;
using System.Globalization;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;
using Orchestrator.Shared.Telemetry;
using Prometheus;

namespace Orchestrator.Coordinator.Telemetry;

/// <summary>The coordinator's series. Names are in <see cref="MetricNames"/>; labels are bounded, a run's own series go when it ends.</summary>
public sealed class CoordinatorMetrics
{
    private readonly Gauge runs;
    private readonly Gauge queued;
    private readonly Gauge workers;
    private readonly Counter refused;
    private readonly Counter generations;
    private readonly Counter rows;
    private readonly Gauge paces;
    private readonly ConcurrentDictionary<string, string[]> shownRanks = new(StringComparer.Ordinal);
    private readonly Gauge stragglers;
    private readonly Gauge evaluations;
    private readonly Gauge evaluatedStep;
    private readonly Counter alarms;
    private readonly Gauge storedStep;
    private readonly Gauge checkpointStep;
    private readonly Gauge checkpointInterval;
    private readonly Gauge leader;
    private readonly Gauge diskFree;
    private readonly Gauge diskSize;

    public CoordinatorMetrics()
    {
        Registry = Metrics.NewCustomRegistry();
        var factory = Metrics.WithCustomRegistry(Registry);
        runs = factory.CreateGauge(MetricNames.Runs, "Runs by phase.", "phase");
        queued = factory.CreateGauge(MetricNames.QueuedRuns, "Runs that wait for workers: queued, or below their minimum.");
        workers = factory.CreateGauge(MetricNames.Workers, "Workers by state.", "state");
        refused = factory.CreateCounter(MetricNames.RefusedStatuses, "Statuses of workers with a wrong token, or of retired processes.");
        generations = factory.CreateCounter(MetricNames.GenerationsFormed, "Generations formed, of runs that have not ended.", "run");
        rows = factory.CreateCounter(MetricNames.StepRowsStored, "Rows of steps stored, of runs that have not ended.", "run");
        paces = factory.CreateGauge(
            MetricNames.RelativeShardSeconds,
            "A rank's own time for a shard over its last steps, as a multiple of the median of the ranks.",
            "run",
            "rank"
        );
        stragglers = factory.CreateGauge(MetricNames.Stragglers, "Ranks that are slow, by the spec's factor.", "run");
        evaluations = factory.CreateGauge(
            MetricNames.Evaluation,
            "Newest figure of a checkpoint of a run that has not ended: of the pretrained features, 0-1.",
            "run",
            "protocol",
            "setting",
            "metric"
        );
        evaluatedStep = factory.CreateGauge(MetricNames.EvaluatedStep, "Completed steps of the checkpoint that was judged last.", "run");
        alarms = factory.CreateCounter(MetricNames.DeterminismAlarms, "Steps whose losses came with other bits.");
        storedStep = factory.CreateGauge(MetricNames.StoredStep, "Completed steps whose rows stand in the store without a gap.", "run");
        checkpointStep = factory.CreateGauge(MetricNames.CheckpointStep, "Completed steps of the newest complete checkpoint.", "run");
        checkpointInterval = factory.CreateGauge(
            MetricNames.CheckpointIntervalSteps,
            "Steps from one checkpoint to the next, as the spec wants them.",
            "run"
        );
        leader = factory.CreateGauge(MetricNames.Leader, "1 while this coordinator leads, else 0.");
        diskFree = factory.CreateGauge(MetricNames.DiskFreeBytes, "Bytes that may still be written below a folder.", "folder");
        diskSize = factory.CreateGauge(MetricNames.DiskSizeBytes, "Size of the file system that a folder is on.", "folder");
        foreach (var phase in Enum.GetValues<RunPhase>())
        {
            runs.WithLabels(SpecWords.Word(phase));
        }
    }

    public CollectorRegistry Registry { get; }

    public void StatusRefused() => refused.Inc();

    public void GenerationFormed(string run) => generations.WithLabels(run).Inc();

    public void RowsStored(string run, int stored, int conflicts)
    {
        if (stored > 0)
        {
            rows.WithLabels(run).Inc(stored);
        }

        alarms.Inc(conflicts);
    }

    /// <summary>Ranks whose window is full; of the others, and of ranks that are no more, nothing is shown.</summary>
    public void ShowPaces(string run, IReadOnlyList<MemberPace> members, int slow)
    {
        var ranks = members.ToDictionary(m => m.Rank.ToString(CultureInfo.InvariantCulture), m => m.Ratio, StringComparer.Ordinal);
        // A run has one publisher. The registry's own list of labels is of all runs, and this is called for each status.
        foreach (var gone in shownRanks.GetValueOrDefault(run, []).Where(rank => !ranks.ContainsKey(rank)))
        {
            paces.RemoveLabelled(run, gone);
        }

        foreach (var (rank, ratio) in ranks)
        {
            paces.WithLabels(run, rank).Set(ratio);
        }

        if (ranks.Count == 0)
        {
            shownRanks.TryRemove(run, out _);
        }
        else
        {
            shownRanks[run] = [.. ranks.Keys];
        }

        stragglers.WithLabels(run).Set(slow);
    }

    /// <summary>How far what is kept is behind the ranks, whose own step is on their pages.</summary>
    /// <param name="stored">Completed steps whose rows stand.</param>
    /// <param name="saved">Completed steps of the newest checkpoint; 0 before the first.</param>
    /// <param name="interval">Steps between checkpoints.</param>
    public void ShowKept(string run, long stored, long saved, int interval)
    {
        storedStep.WithLabels(run).Set(stored);
        checkpointStep.WithLabels(run).Set(saved);
        checkpointInterval.WithLabels(run).Set(interval);
    }

    /// <param name="leads">Asked whenever somebody reads the series, as <c>/readyz</c> asks.</param>
    public void ShowLeadership(Func<bool> leads) => Registry.AddBeforeCollectCallback(() => leader.Set(leads() ? 1 : 0));

    /// <param name="space">Null: it cannot be told, and nothing is shown.</param>
    public void ShowDisk(string folder, DiskSpace? space)
    {
        if (space is null)
        {
            diskFree.RemoveLabelled(folder);
            diskSize.RemoveLabelled(folder);
            return;
        }

        diskFree.WithLabels(folder).Set(space.Free);
        diskSize.WithLabels(folder).Set(space.Size);
    }

    /// <summary>Of the pretrained features; settings are those of the run's probes and of what people asked for.</summary>
    public void Evaluated(string run, EvaluationResult result)
    {
        if (evaluatedStep.WithLabels(run).Value > result.Step)
        {
            // A slow one of an older checkpoint.
            return;
        }

        foreach (var figure in result.Figures.Where(f => f.Network == JudgedFeatures.Pretrained))
        {
            evaluations.WithLabels(run, SpecWords.Word(figure.Protocol), figure.Setting, figure.Metric).Set(figure.Value);
        }

        evaluatedStep.WithLabels(run).Set(result.Step);
    }

    public void Retire(string run)
    {
        foreach (var labels in evaluations.GetAllLabelValues().Where(labels => labels[0] == run).ToList())
        {
            evaluations.RemoveLabelled(labels);
        }

        evaluatedStep.RemoveLabelled(run);
        ShowPaces(run, [], 0);
        stragglers.RemoveLabelled(run);
        storedStep.RemoveLabelled(run);
        checkpointStep.RemoveLabelled(run);
        checkpointInterval.RemoveLabelled(run);
        generations.RemoveLabelled(run);
        rows.RemoveLabelled(run);
    }

    /// <summary>This coordinator leads no more: its figures would be those of another time.</summary>
    public void Clear(IEnumerable<string> runsOfTheTerm)
    {
        ShowRuns(_ => 0);
        ShowWorkers([]);
        foreach (var run in runsOfTheTerm)
        {
            Retire(run);
        }
    }

    /// <param name="count">How many runs are in a phase.</param>
    public void ShowRuns(Func<RunPhase, int> count)
    {
        foreach (var phase in Enum.GetValues<RunPhase>())
        {
            runs.WithLabels(SpecWords.Word(phase)).Set(count(phase));
        }

        queued.Set(count(RunPhase.Queued) + count(RunPhase.Waiting));
    }

    public void ShowWorkers(IReadOnlyList<WorkerView> views)
    {
        var counts = views.CountBy(w => w.State, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        foreach (var state in (string[])["idle", "training", "evaluating", "draining", "quarantined", "refused", "lost"])
        {
            workers.WithLabels(state).Set(counts.GetValueOrDefault(state));
        }
    }
}
