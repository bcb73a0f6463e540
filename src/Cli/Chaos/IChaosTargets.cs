namespace Orchestrator.Cli.Chaos;

/// <summary>The processes of a cluster, as far as this machine can signal them.</summary>
public interface IChaosTargets
{
    /// <summary>Worker processes that are alive, in order of name.</summary>
    Task<IReadOnlyList<ChaosTarget>> WorkersAsync(CancellationToken cancellation);

    /// <summary>Kills the coordinator, which somebody starts again.</summary>
    /// <exception cref="CliException">It is not in reach.</exception>
    void KillCoordinator();
}
