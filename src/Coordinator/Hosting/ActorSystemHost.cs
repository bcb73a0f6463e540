using System.Security.Cryptography;
using Akka.Actor;
using Akka.Cluster.Tools.Singleton;
using Akka.Remote.Transport.DotNetty;
using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Settings;
using Orchestrator.Coordinator.Storage;
using Orchestrator.Shared.Certificates;

namespace Orchestrator.Coordinator.Hosting;

/// <summary>
/// Keeps the actor system alive: one that ended (the journal's fence, the split-brain resolver) is built anew after 0.5–5 s, on the same port.
/// Nothing of it is ever restarted in place: an actor that was fenced and restarted would adopt the journal from its successor.
/// </summary>
public sealed partial class ActorSystemHost(CoordinatorOptions options, HeadParts parts, ILoggerFactory logs, ILogger<ActorSystemHost> log)
    : BackgroundService
{
    private readonly PeerJudge? judge = options.Network.Tls is not { } files
        ? null
        : new PeerJudge(
            new MutualTlsSource(files, parts.Time, (text, good) => LogCertificates(log, Level(good), text)),
            parts.Time,
            (peer, problem) => LogRefused(log, peer, problem)
        );

    private readonly TaskCompletionSource<string> address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>akka.tcp://run@HOST:PORT (with TLS akka.ssl.tcp://…), once it listens.</summary>
    public Task<string> AddressAsync(CancellationToken cancellation) => address.Task.WaitAsync(cancellation);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var port = RememberedPorts.Port(options.Akka.Port, RememberedPorts.Read(options.State)?.AkkaAddress);
        if (options.Network is { AllowPlaintext: true, HasTls: false })
        {
            LogPlaintext(log, options.Akka.Host);
        }

        var backOff = TimeSpan.FromSeconds(0.5);
        while (!stoppingToken.IsCancellationRequested)
        {
            var begun = parts.Time.GetTimestamp();
            try
            {
                port = await RunAsync(port, stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogFailed(log, port, (e.InnerException ?? e).Message);
            }

            parts.Gateway.Leave();
            if (!stoppingToken.IsCancellationRequested)
            {
                backOff = parts.Time.GetElapsedTime(begun) > TimeSpan.FromSeconds(30) ? TimeSpan.FromSeconds(0.5) : backOff;
                LogAgain(log, backOff.TotalSeconds);
                await Task.Delay(backOff, parts.Time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                backOff = TimeSpan.FromSeconds(Math.Min(5, 2 * backOff.TotalSeconds));
            }
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

    private static LogLevel Level(bool good) => good ? LogLevel.Information : LogLevel.Error;

    /// <summary>One life of the actor system; returns its port, which the next one takes.</summary>
    private async Task<int> RunAsync(int port, CancellationToken stopping)
    {
        SqliteJournalFile.Prepare(options.Journal, options.State);
        var config = ActorSystemConfig.Create(options.Akka, port, options.Journal, options.State, judge is not null);
        var setup = BootstrapSetup.Create().WithConfig(config).And(new HostLogSetup(logs));
        var system = ActorSystem.Create(ActorSystemConfig.SystemName, judge is null ? setup : setup.And(Tls(judge)));
        try
        {
            var own = ((ExtendedActorSystem)system).Provider.DefaultAddress;
            port = own.Port ?? port;
            var seeds = new SeedOrder([.. options.Akka.Seeds.Select(seed => Address.Parse(seed).WithProtocol(own.Protocol))], own);
            var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Begin(
                system,
                seeds,
                () =>
                {
                    parts.Gateway.Join();
                    up.SetResult();
                }
            );
            address.TrySetResult(own.ToString());
            await EndedAsync(system, seeds, up.Task, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stopping.IsCancellationRequested)
            {
                // Leaves the cluster in order, so that a stand-by takes over without waiting for a failure detector.
                var left = CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ClrExitReason.Instance);
                await ((Task)left)
                    .WaitAsync(TimeSpan.FromSeconds(3), parts.Time, CancellationToken.None)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            await system.Terminate();
        }

        return port;
    }

    /// <summary>
    /// Completes when the actor system has ended, or has not become a full member for too long: what it joined, or formed by itself while it was
    /// cut off, is no cluster that others are in. Built anew, it asks them again.
    /// </summary>
    private async Task EndedAsync(ActorSystem system, SeedOrder seeds, Task up, CancellationToken stopping)
    {
        using var settled = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var patience = Task.Delay(seeds.JoinPatience, parts.Time, settled.Token);
        if (seeds.Turn(RandomNumberGenerator.GetInt32(1000) / 1000.0) is { } wait)
        {
            var turn = Task.Delay(wait, parts.Time, settled.Token);
            if (await Task.WhenAny(up, system.WhenTerminated, turn) == turn && !stopping.IsCancellationRequested)
            {
                Form(system);
            }
        }

        if (await Task.WhenAny(up, system.WhenTerminated, patience) == patience && !stopping.IsCancellationRequested)
        {
            LogAlone(log, seeds.JoinPatience.TotalSeconds);
            return;
        }

        await settled.CancelAsync();
        await system.WhenTerminated.WaitAsync(stopping);
    }

    /// <param name="up">Called once it is a full member of the cluster.</param>
    private void Begin(ActorSystem system, SeedOrder seeds, Action up)
    {
        // The fence makes a margin needless; zero would mean the default of 3 s.
        var manager = ClusterSingletonManagerSettings
            .Create(system)
            .WithSingletonName("head")
            .WithRemovalMargin(TimeSpan.FromMilliseconds(1));
        system.ActorOf(ClusterSingletonManager.Props(HeadActor.Props(parts), PoisonPill.Instance, manager), "head-singleton");
        var proxy = system.ActorOf(
            ClusterSingletonProxy.Props("/user/head-singleton", ClusterSingletonProxySettings.Create(system).WithSingletonName("head")),
            "run"
        );
        system.ActorOf(HeadFinderActor.Props(proxy, parts), "head-finder");
        var cluster = Akka.Cluster.Cluster.Get(system);
        cluster.RegisterOnMemberUp(up);
        if (seeds.Others.Count > 0)
        {
            cluster.JoinSeedNodes(seeds.Others);
        }
    }

    /// <summary>Forms a cluster. One that is in a cluster, joined but not yet counted in, takes no notice.</summary>
    private static void Form(ActorSystem system)
    {
        var cluster = Akka.Cluster.Cluster.Get(system);
        if (cluster.State.Members.IsEmpty)
        {
            cluster.Join(cluster.SelfAddress);
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "No majority of the coordinators (Akka:Seeds) has been joined within {Seconds} s; this one asks the others again."
    )]
    private static partial void LogAlone(ILogger logger, double seconds);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Network:AllowPlaintext is set: the control plane on {Host} has no TLS. Whoever reaches this network can read it and take part."
    )]
    private static partial void LogPlaintext(ILogger logger, string host);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The control plane has refused {Peer}: {Problem}. Workers and coordinators need certificates of the authority in Network:Authority (said once in ten minutes)"
    )]
    private static partial void LogRefused(ILogger logger, string peer, string problem);

    [LoggerMessage(Message = "TLS of the control plane: {Text}")]
    private static partial void LogCertificates(ILogger logger, LogLevel level, string text);

    [LoggerMessage(Level = LogLevel.Error, Message = "The actor system cannot run on port {Port}: {Error}")]
    private static partial void LogFailed(ILogger logger, int port, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The actor system has ended; a new one begins in {Seconds} s.")]
    private static partial void LogAgain(ILogger logger, double seconds);
}
