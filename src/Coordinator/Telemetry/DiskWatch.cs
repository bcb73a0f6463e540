using Orchestrator.Coordinator.Settings;

namespace Orchestrator.Coordinator.Telemetry;

/// <summary>
/// Looks at the room of state and storage every 15 s. Not when somebody reads the metrics: storage on a network may hold up whoever asks it, and
/// the page is to tell of that. Storage that does not answer is not asked a second time; what it said last stays.
/// </summary>
public sealed class DiskWatch(CoordinatorOptions options, CoordinatorMetrics metrics, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            // On the pool: the host's start does not wait for storage, and neither does its end.
            await Task.Run(Look, stoppingToken).WaitAsync(stoppingToken);
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private void Look()
    {
        metrics.ShowDisk("state", DiskSpace.Of(options.State));
        metrics.ShowDisk("storage", DiskSpace.Of(options.StorageRoot));
    }
}
