using System.Globalization;

namespace Orchestrator.Worker.Agent;

/// <summary>Whether a coordinator knows this worker and may give it a run: what a supervisor waits for before it restarts the next one.</summary>
internal static class AgentReadiness
{
    /// <summary>Statuses go out each second; coordinators that fail over are away for longer, and then nobody is ready.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(10);

    /// <returns>Why it is not ready; null when it is.</returns>
    public static string? Problem(AgentState state, DateTimeOffset now) =>
        state.Draining ? "it drains"
        : state.Refusal is { } refusal ? $"the coordinator refuses it: {refusal}"
        : state.AcknowledgedAt is not { } at ? $"no coordinator has answered yet ({string.Join(", ", state.Contacts.Contacts)})"
        : now - at > Fresh
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"no coordinator has answered for {(now - at).TotalSeconds:0} s ({string.Join(", ", state.Contacts.Contacts)})"
            )
        : null;
}
