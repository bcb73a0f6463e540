using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Orchestrator.Collectives;
using Orchestrator.Collectives.Transport.Tcp;
using Orchestrator.Collectives.Transport.Tls;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Certificates;
using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Agent;
using Orchestrator.Worker.Checkpoints;
using Orchestrator.Worker.Evaluation;
using Orchestrator.Worker.Options;
using Orchestrator.Worker.Ranks;
using Orchestrator.Worker.Telemetry;
using Orchestrator.Worker.Verification;

namespace Orchestrator.Worker.Commands;

/// <summary>The worker process: builds its parts, prints that it is ready, and runs until it is drained, its parent ends, or the grace is over.</summary>
internal static partial class WorkerCommand
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(25);

    public static async Task<int> RunAsync(string[] arguments)
    {
        WorkerOptions options;
        try
        {
            var settings = new ConfigurationBuilder()
                .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
                .AddEnvironmentVariables("ORCHESTRATOR_")
                .AddCommandLine(arguments)
                .Build();
            options = WorkerOptions.Read(settings, RankMoments.All, Environment.ProcessId);
        }
        catch (Exception e) when (e is OptionsException or FormatException)
        {
            await Console.Error.WriteLineAsync($"worker: settings are wrong:{Environment.NewLine}{e.Message}");
            return ExitCode.BadInput;
        }

        // Training, files and sockets never wait on pool threads; this is insurance for what Akka and Kestrel do there.
        ThreadPool.SetMinThreads(Math.Max(16, Environment.ProcessorCount), Math.Max(16, Environment.ProcessorCount));
        using var logging = LoggerFactory.Create(builder =>
            builder
                .AddSimpleConsole(console =>
                {
                    console.SingleLine = true;
                    console.TimestampFormat = "HH:mm:ss.fff ";
                })
                .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace)
        );
        return await ServeAsync(options, logging.CreateLogger("worker"));
    }

    private static async Task<int> ServeAsync(WorkerOptions options, ILogger logger)
    {
        if (options is { AllowPlaintext: true, Tls: null })
        {
            LogPlaintext(logger, options.Akka.Address.ToString());
        }

        var time = TimeProvider.System;
        using var ending = new CancellationTokenSource();
        void End(string reason)
        {
            LogEnding(logger, reason);
            ending.Cancel();
        }

        var inbox = new AgentInbox();
        using var signals = new ProcessSignals(options.ExitWithStdin, () => inbox.Post(new DrainRequested(Grace)), End);
        var traffic = new FrameTraffic();
        var metrics = new WorkerMetrics(traffic);
        var incarnation = Incarnation.Next(options.State, options.Name, time);
        var tls = options.Tls is null
            ? null
            : new MutualTlsSource(options.Tls, time, (text, good) => LogCertificates(logger, Level(good), text));
        tls?.Current();
        using var listener = new FrameListener(
            options.Data.Address.ToString(),
            options.Data.Port,
            problem => LogRefused(logger, problem),
            certificates: tls is null ? null : () => Peers(tls.Current())
        );
        var data = options.DataPlace(text => LogData(logger, text));
        var trainers = new TrainingRuns(
            new TrainingOptions(data, options.ShardThreads, options.DataThreads),
            () => Trace(options, time, logger)
        );
        var store = new FolderCheckpoints(options.Storage, step => options.Failpoint?.Pass(RankMoments.CheckpointWriting, step));
        var times = new RankTimes();
        using var writer = new CheckpointWriter(store, options.Name, incarnation, times.WriteAgain, inbox.Post, metrics, logger);
        var log = new StepLog();
        using var arena = Arena(options, logger);
        using var rank = new RankThread(
            new RankSurroundings
            {
                WorkerId = options.Name,
                Listener = listener,
                Traffic = traffic,
                Trainers = trainers,
                Store = store,
                Writer = writer,
                Log = log,
                Metrics = metrics,
                Report = inbox.Post,
                Logger = logger,
                SharedMemory = options.SharedMemory,
                Arena = arena,
                Lanes = options.Lanes,
                Failpoint = options.Failpoint,
                Times = times,
            }
        );
        using var evaluations = new EvaluationDesk(
            new EvaluatorRunner(options, data, Bits(trainers.Fingerprint)),
            new StepVerifier(options, data),
            inbox.Post
        );
        var link = new ControlLink(options.Akka.Address.ToString(), options.Akka.Port, inbox, time, logger, tls);
        WorkerAgent? agent = null;
        var idle = AgentState.Initial(options.Name, incarnation, options.Coordinators, time.GetUtcNow());
        await using var page = options.Http is null
            ? null
            : await MetricsPage.StartAsync(options.Http, metrics, () => agent?.State ?? idle, time, ending.Token);
        var identity = new AgentIdentity
        {
            WorkerId = options.Name,
            Incarnation = incarnation,
            JoinToken = options.JoinToken,
            Fingerprint = trainers.Fingerprint,
            DataHost = listener.EndPoint.Address.ToString(),
            DataPort = listener.EndPoint.Port,
            Device = options.Device,
            ProcessId = Environment.ProcessId,
            MetricsUrl = page?.Url,
            Version =
                typeof(WorkerCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
        };
        agent = new WorkerAgent(
            identity,
            options.Coordinators,
            inbox,
            new AgentHands(link, rank, log, writer, evaluations, metrics, traffic),
            End,
            time,
            logger
        );
        await Console.Out.WriteLineAsync($"worker ready name={options.Name} data={listener.EndPoint} metrics={page?.Url ?? "off"}");
        await Task.WhenAll(link.RunAsync(ending.Token), agent.RunAsync(ending.Token));
        return ExitCode.Done;
    }

    private static PeerCertificates Peers(MutualTlsIdentity identity) => new(identity.Context, identity.Authorities);

    private static LogLevel Level(bool good) => good ? LogLevel.Information : LogLevel.Error;

    /// <summary>What ranks on this machine read where it lies; without it they are sent copies.</summary>
    private static SharedArena? Arena(WorkerOptions options, ILogger logger)
    {
        try
        {
            return options.SharedMemory ? new SharedArena() : null;
        }
        catch (IOException e)
        {
            LogNoArena(logger, e.Message);
            return null;
        }
    }

    /// <summary>The next run's timeline; a disk that is full does not end a run.</summary>
    private static StepTrace? Trace(WorkerOptions options, TimeProvider time, ILogger logger)
    {
        if (options.Profile is not { } folder)
        {
            return null;
        }

        var path = Path.Combine(
            folder,
            string.Create(CultureInfo.InvariantCulture, $"{options.Name}-{time.GetUtcNow():yyyyMMdd'T'HHmmssfff}.json")
        );
        try
        {
            return StepTrace.Open(path, options.Name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNoProfile(logger, path, e.Message);
            return null;
        }
    }

    /// <summary>Processors that compute alike, by the same version of the program.</summary>
    private static string Bits(string fingerprint) =>
        Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes($"{fingerprint} {ProgramVersion.Of(typeof(WorkerCommand).Assembly)}"))
        )[..8];

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Network:AllowPlaintext is set: the control plane on {Host} has no TLS. Whoever reaches this network can read it and take part."
    )]
    private static partial void LogPlaintext(ILogger logger, string host);

    [LoggerMessage(Level = LogLevel.Information, Message = "ends: {Reason}")]
    private static partial void LogEnding(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "data: {Problem}")]
    private static partial void LogData(ILogger logger, string problem);

    [LoggerMessage(Message = "TLS: {Text}")]
    private static partial void LogCertificates(ILogger logger, LogLevel level, string text);

    [LoggerMessage(Level = LogLevel.Warning, Message = "data plane: {Problem}")]
    private static partial void LogRefused(ILogger logger, string problem);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "gradients are copied to ranks on this machine, which could read them where they lie elsewhere: {Problem}"
    )]
    private static partial void LogNoArena(ILogger logger, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Profile: {Path} cannot be written, so there is no timeline of this run: {Problem}")]
    private static partial void LogNoProfile(ILogger logger, string path, string problem);
}
