namespace Orchestrator.Coordinator.Settings;

/// <summary>How much of the API one client may take.</summary>
public sealed record HttpLimits
{
    /// <summary>Of one token, or of one address without. Default: 100.</summary>
    public int RequestsPerSecond { get; init; } = 100;

    /// <summary>So many at once, after a while without any. Default: 1000.</summary>
    public int Burst { get; init; } = 1000;

    /// <summary>Open connections, of all clients; more are closed at once. Default: 5000.</summary>
    public int Connections { get; init; } = 5000;

    internal void AddProblems(List<string> problems)
    {
        foreach (
            var (name, value) in ((string, int)[])
                [(nameof(RequestsPerSecond), RequestsPerSecond), (nameof(Burst), Burst), (nameof(Connections), Connections)]
        )
        {
            if (value < 1)
            {
                problems.Add($"Http:Limits:{name}: {value} – must be 1 or more");
            }
        }
    }
}
