using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Remote.Transport.DotNetty;
using Orchestrator.Shared.Certificates;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Serialization;

namespace Orchestrator.Worker.Agent;

/// <summary>
/// Owns the worker's actor system: plain Akka.Remote, no member of the coordinators' cluster, watched by nobody. When it ends or is
/// quarantined, a new one takes its port after a back-off. Training does not notice.
/// </summary>
/// <param name="tls">Null: without.</param>
public sealed partial class ControlLink(
    string host,
    int port,
    AgentInbox inbox,
    TimeProvider time,
    ILogger logger,
    MutualTlsSource? tls = null
) : IControlLink
{
    private static readonly TimeSpan FirstBackOff = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(30);
    private readonly PeerJudge? judge = tls is null ? null : new PeerJudge(tls, time, (peer, problem) => LogRefused(logger, peer, problem));

    private readonly RefusalNotes notes = new(time);
    private int boundPort = port;
    private volatile IActorRef? actor;

    public void Send(string contact, IControlMessage message) =>
        actor?.Tell(
            new ControlActor.Outbound($"akka.{(tls is null ? "" : "ssl.")}tcp://run@{contact}/user/run", message),
            ActorRefs.NoSender
        );

    /// <summary>Keeps an actor system up until canceled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var backOff = FirstBackOff;
        while (!cancellation.IsCancellationRequested)
        {
            var since = time.GetTimestamp();
            try
            {
                await LiveAsync(cancellation);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogFailed(logger, e.Message);
            }

            if (cancellation.IsCancellationRequested)
            {
                return;
            }

            backOff = time.GetElapsedTime(since) >= Settled ? FirstBackOff : backOff;
            LogAgain(logger, backOff.TotalSeconds);
            await Task.Delay(backOff, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            backOff = backOff * 2 < LongestBackOff ? backOff * 2 : LongestBackOff;
        }
    }

    /// <summary>One actor system's life.</summary>
    private async Task LiveAsync(CancellationToken cancellation)
    {
        var secured = tls is not null;
        var setup = ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(Settings(host, boundPort, secured)));
        var system = ActorSystem.Create("worker", judge is null ? setup : setup.And(Tls(judge)));
        try
        {
            boundPort = ((ExtendedActorSystem)system).Provider.DefaultAddress.Port ?? boundPort;
            var over = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            using var stopping = cancellation.Register(() => over.TrySetResult("the worker ends"));
            actor = system.ActorOf(
                Props.Create(() =>
                    new ControlActor(inbox, logger, notes, () => over.TrySetResult("quarantined by a coordinator"), secured)
                ),
                "control"
            );
            await Task.WhenAny(system.WhenTerminated, over.Task);
            if (!cancellation.IsCancellationRequested)
            {
                LogEnded(logger, over.Task.IsCompletedSuccessfully ? await over.Task : "it terminated");
            }
        }
        finally
        {
            actor = null;
            await system.Terminate();
        }
    }

    // It shows this certificate as long as it lives; whom it trusts is looked up each time.
    private static DotNettySslSetup Tls(PeerJudge judge) =>
        new(
            judge.Certificate,
            suppressValidation: false,
            requireMutualAuthentication: true,
            validateCertificateHostname: false,
            customValidator: (certificate, chain, peer, _, _) => judge.Takes(certificate, chain, peer)
        );

    /// <summary>docs/protocol.md, "Wiring", says why each is so.</summary>
    public static Config Settings(string host, int port, bool tls = false) =>
        ConfigurationFactory.ParseString(
            $$"""
            akka {
              loglevel = WARNING
              stdout-loglevel = OFF
              loggers = []
              actor {
                provider = remote
                serializers.control = "{{typeof(ControlMessageSerializer).AssemblyQualifiedName}}"
                serialization-bindings {
                  "{{typeof(IControlMessage).AssemblyQualifiedName}}" = control
                  "System.Object" = control
                }
              }
              remote {
                retry-gate-closed-for = 1s
                dot-netty.tcp {
                  hostname = "{{host}}"
                  port = {{port}}
                  enable-ssl = {{(tls ? "on" : "off")}}
                  maximum-frame-size = 1024000b
                  backlog = 1000
                }
              }
              coordinated-shutdown {
                exit-clr = off
                run-by-clr-shutdown-hook = off
              }
            }
            """
        );

    [LoggerMessage(Level = LogLevel.Warning, Message = "the link to the coordinators ended: {Reason}")]
    private static partial void LogEnded(ILogger logger, string reason);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "control plane: {Peer} is not trusted: {Problem}. Its certificate has to be of the authority in Network:Authority (said once in ten minutes)"
    )]
    private static partial void LogRefused(ILogger logger, string peer, string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "the link to the coordinators cannot be set up: {Problem}")]
    private static partial void LogFailed(ILogger logger, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "a new link to the coordinators in {Seconds} s")]
    private static partial void LogAgain(ILogger logger, double seconds);
}
