using Orchestrator.Cli.Api;
using Orchestrator.Client;

namespace Orchestrator.Cli.Chaos;

/// <summary>The workers of a live run that are processes of this machine; who started them is to start them again.</summary>
/// <param name="killCoordinator">Null where it is not this program's.</param>
public sealed class LocalWorkers(OrchestratorClient client, string run, Action? killCoordinator = null) : IChaosTargets
{
    private const string Program = "Orchestrator.Worker";

    public async Task<IReadOnlyList<ChaosTarget>> WorkersAsync(CancellationToken cancellation)
    {
        try
        {
            return
            [
                .. (await client.ListWorkersAsync(cancellation))
                    .Workers.Where(worker => worker.Run == run && worker.State != "lost" && IsWorker(worker.ProcessId))
                    .OrderBy(worker => worker.WorkerId, StringComparer.Ordinal)
                    .Select(worker => new ChaosTarget(worker.WorkerId, worker.ProcessId)),
            ];
        }
        catch (OrchestratorException e) when (e.ExitCode() != ExitCode.BadInput)
        {
            return [];
        }
    }

    public void KillCoordinator() =>
        (killCoordinator ?? throw CliException.BadInput("a coordinator that this program did not start is not killed by it"))();

    /// <summary>A process of this machine that runs a worker: never another that has the number by chance.</summary>
    private static bool IsWorker(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").Contains(Program, StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
