using Orchestrator.Shared.Protocol;

namespace Orchestrator.Worker.Agent;

/// <summary>The way to the coordinators. What they say comes back through the <see cref="AgentInbox"/>.</summary>
public interface IControlLink
{
    /// <summary>Sends once, without a promise that it arrives; never blocks.</summary>
    /// <param name="contact">host:port of a coordinator.</param>
    void Send(string contact, IControlMessage message);
}
