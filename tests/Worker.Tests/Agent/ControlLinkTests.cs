using Akka.Actor;
using Akka.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Serialization;
using Orchestrator.Worker.Agent;
using Xunit;

namespace Orchestrator.Worker.Tests.Agent;

/// <summary>The worker's actor system against another one over loopback.</summary>
public sealed class ControlLinkTests
{
    [Fact]
    public async Task Messages_go_both_ways_and_again_after_the_coordinator_was_away()
    {
        using var ending = new CancellationTokenSource();
        var inbox = new AgentInbox();
        var link = new ControlLink("127.0.0.1", 0, inbox, TimeProvider.System, NullLogger.Instance);
        var running = link.RunAsync(ending.Token);
        var coordinator = Coordinator(0);
        var port = ((ExtendedActorSystem)coordinator).Provider.DefaultAddress.Port!.Value;
        try
        {
            await AckAsync(link, inbox, port, 1);
            await coordinator.Terminate();
            coordinator = Coordinator(port);
            await AckAsync(link, inbox, port, 2);
        }
        finally
        {
            await ending.CancelAsync();
            await coordinator.Terminate();
            await running;
        }
    }

    // What is sent while there is no connection is lost: a status is sent again, as the agent does each second.
    private static async Task AckAsync(ControlLink link, AgentInbox inbox, int port, long sequence)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        var sending = SendAsync();
        await foreach (var happened in inbox.ReadAllAsync(deadline.Token))
        {
            if (happened is Received { Message: StatusAck ack } && ack.Sequence == sequence)
            {
                break;
            }
        }

        timer.Dispose();
        await sending;

        async Task SendAsync()
        {
            do
            {
                link.Send($"127.0.0.1:{port}", new Leave("r-1", 1, sequence, "probe"));
            } while (await timer.WaitForNextTickAsync());
        }
    }

    private static ActorSystem Coordinator(int port)
    {
        var system = ActorSystem.Create(
            "run",
            ConfigurationFactory.ParseString(
                $$"""
                akka {
                  loglevel = OFF
                  stdout-loglevel = OFF
                  actor {
                    provider = remote
                    serializers.control = "{{typeof(ControlMessageSerializer).AssemblyQualifiedName}}"
                    serialization-bindings { "{{typeof(IControlMessage).AssemblyQualifiedName}}" = control }
                  }
                  remote.dot-netty.tcp {
                    hostname = "127.0.0.1"
                    port = {{port}}
                  }
                }
                """
            )
        );
        system.ActorOf(Props.Create(() => new Echo()), "run");
        return system;
    }

    private sealed class Echo : ReceiveActor
    {
        public Echo() => Receive<Leave>(leave => Sender.Tell(new StatusAck(leave.Run, leave.Epoch, leave.Incarnation, 0, null)));
    }
}
