namespace Orchestrator.Shared.Telemetry;

/// <summary>Every metric's name, in one place: code, dashboards and docs/metrics.md spell them from here.</summary>
public static class MetricNames
{
    // Worker: labels run and rank where they speak of a run.
    public const string Samples = "orchestrator_samples_total";
    public const string Steps = "orchestrator_steps_total";
    public const string SkippedSteps = "orchestrator_skipped_steps_total";
    public const string Step = "orchestrator_step";
    public const string Loss = "orchestrator_loss";
    public const string LearningRate = "orchestrator_learning_rate";
    public const string GradientNorm = "orchestrator_gradient_norm";
    public const string Health = "orchestrator_learning_health";
    public const string SamplesPerSecond = "orchestrator_samples_per_second";
    public const string Utilization = "orchestrator_mfu";
    public const string StepSeconds = "orchestrator_step_seconds";
    public const string ShardSeconds = "orchestrator_shard_seconds";
    public const string PhaseSeconds = "orchestrator_step_phase_seconds_total";
    public const string FrameBytes = "orchestrator_frame_bytes_total";
    public const string Generation = "orchestrator_generation";
    public const string Recoveries = "orchestrator_recoveries_total";
    public const string CheckpointSeconds = "orchestrator_checkpoint_seconds";
    public const string CheckpointFailures = "orchestrator_checkpoint_failures_total";
    public const string WaitingSeconds = "orchestrator_waiting_seconds_total";

    // Coordinator.
    public const string Runs = "orchestrator_runs";
    public const string QueuedRuns = "orchestrator_queued_runs";
    public const string Workers = "orchestrator_workers";
    public const string GenerationsFormed = "orchestrator_generations_formed_total";
    public const string RefusedStatuses = "orchestrator_refused_statuses_total";
    public const string StepRowsStored = "orchestrator_step_rows_stored_total";
    public const string StoredStep = "orchestrator_stored_step";
    public const string CheckpointStep = "orchestrator_checkpoint_step";
    public const string CheckpointIntervalSteps = "orchestrator_checkpoint_interval_steps";
    public const string RelativeShardSeconds = "orchestrator_relative_shard_seconds";
    public const string Stragglers = "orchestrator_stragglers";
    public const string Evaluation = "orchestrator_evaluation";
    public const string EvaluatedStep = "orchestrator_evaluated_step";
    public const string DeterminismAlarms = "orchestrator_determinism_alarms_total";
    public const string Leader = "orchestrator_leader";
    public const string DiskFreeBytes = "orchestrator_disk_free_bytes";
    public const string DiskSizeBytes = "orchestrator_disk_size_bytes";
}
