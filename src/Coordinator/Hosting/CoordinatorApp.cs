using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Logging.Console;
using Orchestrator.Coordinator.Access;
using Orchestrator.Coordinator.Api;
using Orchestrator.Coordinator.Api.Reference;
using Orchestrator.Coordinator.Dashboard;
using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Settings;
using Orchestrator.Coordinator.Storage;
using Orchestrator.Coordinator.Sweeps;
using Orchestrator.Coordinator.Telemetry;
using Orchestrator.Shared.Runs;
using Prometheus;

namespace Orchestrator.Coordinator.Hosting;

/// <summary>Puts the coordinator together.</summary>
public static class CoordinatorApp
{
    public static CoordinatorOptions ReadOptions(string[] args) =>
        Configuration(args).Get<CoordinatorOptions>() ?? new CoordinatorOptions();

    /// <param name="args">Command line.</param>
    /// <param name="options">Already found to be right.</param>
    public static WebApplication Build(string[] args, CoordinatorOptions options)
    {
        Directory.CreateDirectory(options.State);
        Directory.CreateDirectory(options.StorageRoot);
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddConfiguration(Configuration(args));
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
        });
        // Standard output carries the ready line and nothing else.
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.UseApiServer(options, HttpUrl(options));
        AddParts(builder.Services, options);

        var app = builder.Build();
        // What a client sent too much of, or too slowly, is no fault of this program.
        app.UseExceptionHandler(
            new ExceptionHandlerOptions
            {
                StatusCodeSelector = e => e is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status500InternalServerError,
            }
        );
        app.UseStatusCodePages();
        app.UseBodyLimit();
        app.UseCallers(options);
        app.UseRateLimiter();
        app.UseStandby();
        app.UseAudit();
        app.UseScopes();
        app.MapRunEndpoints();
        app.MapEventStream();
        app.MapHealthEndpoints();
        app.MapDashboard();
        app.MapApiReference();
        app.MapReferencePage();
        var metrics = app.Services.GetRequiredService<CoordinatorMetrics>();
        var gateway = app.Services.GetRequiredService<HeadGateway>();
        metrics.ShowLeadership(() => gateway.IsOpen);
        app.MapMetrics("/metrics", metrics.Registry).OpenToAll();
        return app;
    }

    private static void AddParts(IServiceCollection services, CoordinatorOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<RunBoard>();
        services.AddSingleton<SweepBoard>();
        services.AddSingleton<HeadGateway>();
        services.AddSingleton<Lookup>();
        services.AddSingleton<RunDesk>();
        services.AddSingleton<SubmissionDesk>();
        services.AddSingleton<CoordinatorMetrics>();
        services.AddSingleton(new ArtifactFolder(options.StorageRoot));
        services.AddSingleton(_ => new StepRowStore(Database(options, StateFile.Rows)));
        AddAccess(services, options);
        services.AddSingleton<Refusal>();
        services.AddSingleton<PublicAddress>();
        services.AddSingleton(provider => new HeadParts(
            options.ReadJoinToken(),
            options.Timers,
            options.Scheduling,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<RunBoard>(),
            provider.GetRequiredService<HeadGateway>(),
            provider.GetRequiredService<StepRowStore>(),
            new JournalReader(options.Journal, options.State),
            provider.GetRequiredService<CoordinatorMetrics>(),
            () => JournalFence.CheckAsync(options.Journal, options.State),
            provider.GetRequiredService<Refusal>().Refuse,
            provider.GetRequiredService<PublicAddress>().Find,
            provider.GetRequiredService<ILoggerFactory>()
        )
        {
            Sweeps = provider.GetRequiredService<SweepBoard>(),
        });
        services.AddSingleton<ActorSystemHost>();
        services.AddHostedService(provider => provider.GetRequiredService<ActorSystemHost>());
        services.AddHostedService<ReadyAnnouncer>();
        services.AddHostedService<DiskWatch>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
        services.AddProblemDetails();
        services.AddApiReference();
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = RunSpecJson.Options.PropertyNamingPolicy;
            json.SerializerOptions.DefaultIgnoreCondition = RunSpecJson.Options.DefaultIgnoreCondition;
            foreach (var converter in RunSpecJson.Options.Converters)
            {
                json.SerializerOptions.Converters.Add(converter);
            }
        });
        if (options.Parent.ExitWithStdin)
        {
            services.AddSingleton<IHostLifetime, ParentLifetime>();
        }
    }

    private static void AddAccess(IServiceCollection services, CoordinatorOptions options)
    {
        services.AddSingleton(_ => AccessDatabase(options));
        services.AddHostedService(provider => provider.GetRequiredService<AccessDatabase>());
        services.AddSingleton<TokenStore>();
        services.AddSingleton<TokenBook>();
        services.AddSingleton<AuditLog>();
        services.AddSingleton<RequestRates>();
        services.AddRateLimiter(_ => { });
        services
            .AddOptions<RateLimiterOptions>()
            .Configure<RequestRates>(
                (limiter, rates) =>
                {
                    limiter.GlobalLimiter = rates.Requests;
                    limiter.OnRejected = async (rejected, _) =>
                        await AccessProblems
                            .TooMany(rejected.HttpContext.Response, rejected.Lease, "this client")
                            .ExecuteAsync(rejected.HttpContext);
                }
            );
    }

    /// <summary>Tokens and the audit log, made if they are not there.</summary>
    internal static AccessDatabase AccessDatabase(CoordinatorOptions options)
    {
        if (!options.Journal.IsPostgres)
        {
            // Whom hashes of tokens and addresses are not for: everybody else on this machine.
            var owner = new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite | FileShare.Delete,
            };
            if (!OperatingSystem.IsWindows())
            {
                owner.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            new FileStream(Path.Combine(options.State, StateFile.Access), owner).Dispose();
        }

        return new AccessDatabase(Database(options, StateFile.Access));
    }

    /// <param name="file">Of the state folder, where there is no PostgreSQL.</param>
    internal static IRowDatabase Database(CoordinatorOptions options, string file) =>
        options.Journal.IsPostgres
            ? new PostgresRowDatabase(ActorSystemConfig.ConnectionString(options.Journal, options.State))
            : new SqliteRowDatabase(Path.Combine(options.State, file));

    private static Uri HttpUrl(CoordinatorOptions options)
    {
        var url = new UriBuilder(options.Http.Url);
        url.Port = RememberedPorts.Port(url.Port, RememberedPorts.Read(options.State)?.HttpUrl);
        return url.Uri;
    }

    // Not the environment as a whole: a variable named STATE would be a setting.
    private static IConfigurationRoot Configuration(string[] args) =>
        new ConfigurationBuilder()
            .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
            .AddEnvironmentVariables("ORCHESTRATOR_")
            .AddCommandLine(args)
            .Build();
}
