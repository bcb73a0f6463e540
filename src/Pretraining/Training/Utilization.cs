namespace Orchestrator.Pretraining.Training;

/// <summary>
/// MFU, model FLOPs utilization: what share of the speed at which this machine multiplies matrices a run's steps reach. Of a measurement, so no part of what is
/// computed, and of no two machines the same.
/// </summary>
/// <param name="StepFlops">Of the global batch: <see cref="Methods.ModelFlops"/>.</param>
/// <param name="ProductFlops">A second, of this rank's shard threads together: measured, see <see cref="TrainingRun.MeasureUtilization"/>.</param>
/// <param name="Shards">V.</param>
public sealed record Utilization(double StepFlops, double ProductFlops, int Shards)
{
    /// <summary>A share of 1; somewhat above it where the machine has become faster since it was measured.</summary>
    /// <param name="seconds">That a step took.</param>
    /// <param name="ownShards">Shards of the rank.</param>
    public double Of(double seconds, int ownShards) => seconds > 0 ? StepFlops * ownShards / Shards / seconds / ProductFlops : 0;
}
