namespace Orchestrator.Coordinator.Scheduling;

/// <summary>Device-hours that were used, as they count at one moment.</summary>
/// <param name="Users">By user, each hour halved with every half-life since.</param>
/// <param name="Projects">By project, likewise.</param>
/// <param name="Window">By project, of the policy's window, not halved.</param>
public sealed record DeviceUse(
    IReadOnlyDictionary<string, double> Users,
    IReadOnlyDictionary<string, double> Projects,
    IReadOnlyDictionary<string, double> Window
)
{
    public static DeviceUse None { get; } =
        new(new Dictionary<string, double>(), new Dictionary<string, double>(), new Dictionary<string, double>());
}
