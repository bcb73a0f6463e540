using Microsoft.Extensions.Logging.Console;
using Orchestrator.Coordinator.Api;
using Orchestrator.Coordinator.Dashboard;
using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Settings;
using Orchestrator.Coordinator.Storage;
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
        builder.WebHost.UseUrls(HttpUrl(options));
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        AddParts(builder.Services, options);

        var app = builder.Build();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseStandby();
        app.MapRunEndpoints();
        app.MapEventStream();
        app.MapHealthEndpoints();
        app.MapDashboard();
        app.MapOpenApi();
        var metrics = app.Services.GetRequiredService<CoordinatorMetrics>();
        var gateway = app.Services.GetRequiredService<HeadGateway>();
        metrics.ShowLeadership(() => gateway.IsOpen);
        app.MapMetrics("/metrics", metrics.Registry);
        return app;
    }

    private static void AddParts(IServiceCollection services, CoordinatorOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<RunBoard>();
        services.AddSingleton<HeadGateway>();
        services.AddSingleton<Lookup>();
        services.AddSingleton<CoordinatorMetrics>();
        services.AddSingleton(new ArtifactFolder(options.StorageRoot));
        services.AddSingleton(_ => new StepRowStore(RowDatabase(options)));
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
        ));
        services.AddSingleton<ActorSystemHost>();
        services.AddHostedService(provider => provider.GetRequiredService<ActorSystemHost>());
        services.AddHostedService<ReadyAnnouncer>();
        services.AddHostedService<DiskWatch>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
        services.AddProblemDetails();
        services.AddOpenApi();
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

    private static IRowDatabase RowDatabase(CoordinatorOptions options) =>
        options.Journal.IsPostgres
            ? new PostgresRowDatabase(ActorSystemConfig.ConnectionString(options.Journal, options.State))
            : new SqliteRowDatabase(Path.Combine(options.State, "rows.db"));

    private static string HttpUrl(CoordinatorOptions options)
    {
        var url = new UriBuilder(options.Http.Url);
        url.Port = RememberedPorts.Port(url.Port, RememberedPorts.Read(options.State)?.HttpUrl);
        return url.Uri.GetLeftPart(UriPartial.Authority);
    }

    // Not the environment as a whole: a variable named STATE would be a setting.
    private static IConfigurationRoot Configuration(string[] args) =>
        new ConfigurationBuilder()
            .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
            .AddEnvironmentVariables("ORCHESTRATOR_")
            .AddCommandLine(args)
            .Build();
}
