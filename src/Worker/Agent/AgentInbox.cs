using System.Threading.Channels;

namespace Orchestrator.Worker.Agent;

/// <summary>What has happened to this worker and is not decided on yet. Belongs to the process: actor systems come and go.</summary>
public sealed class AgentInbox
{
    private readonly Channel<AgentEvent> channel = Channel.CreateUnbounded<AgentEvent>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>From any thread; never blocks.</summary>
    public void Post(AgentEvent happened) => channel.Writer.TryWrite(happened);

    public IAsyncEnumerable<AgentEvent> ReadAllAsync(CancellationToken cancellation) => channel.Reader.ReadAllAsync(cancellation);
}
