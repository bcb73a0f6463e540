using System.Text.Json.Serialization;

namespace Orchestrator.Cli.Chaos;

/// <summary>One fault of a schedule.</summary>
/// <param name="Step">It comes once the run has completed so many steps.</param>
/// <param name="Kind">What is done.</param>
/// <param name="Draw">Chooses among the workers that can be struck then, 0–1.</param>
/// <param name="Pause">How long a paused worker stands still.</param>
public sealed record ChaosStrike(long Step, ChaosKind Kind, double Draw, TimeSpan Pause);

[JsonConverter(typeof(JsonStringEnumConverter<ChaosKind>))]
public enum ChaosKind
{
    /// <summary>SIGKILL of a worker.</summary>
    [JsonStringEnumMemberName("kill")]
    Kill,

    /// <summary>SIGSTOP of a worker, and later SIGCONT: alive, and silent.</summary>
    [JsonStringEnumMemberName("pause")]
    Pause,

    /// <summary>SIGKILL of the coordinator.</summary>
    [JsonStringEnumMemberName("kill-coordinator")]
    KillCoordinator,
}
