using Akka.Actor;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Fleet;

/// <summary>One on every coordinator: asks each second who leads, and tells the gateway, so that a stand-by sends its clients there.</summary>
public sealed class HeadFinderActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private bool rehearsed;

    /// <param name="proxy">The way to the head, wherever it is.</param>
    public HeadFinderActor(IActorRef proxy, HeadParts parts)
    {
        Receive<HeadAsked>(ask => proxy.Tell(ask));
        Receive<HeadTold>(told =>
        {
            parts.Gateway.Hear(told, parts.HttpUrl());
            if (!rehearsed && parts.Gateway.Elsewhere is not null)
            {
                rehearsed = true;
                Context.ActorOf<JournalRehearsalActor>();
            }
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(IActorRef proxy, HeadParts parts) => Akka.Actor.Props.Create(() => new HeadFinderActor(proxy, parts));

    protected override void PreStart() => Timers.StartPeriodicTimer("ask", new HeadAsked(), TimeSpan.Zero, Every);
}
