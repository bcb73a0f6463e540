using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Settings;

namespace Orchestrator.Coordinator.Hosting;

/// <summary>Writes down which ports were taken, and says on standard output when the coordinator serves.</summary>
public sealed class ReadyAnnouncer(
    CoordinatorOptions options,
    ActorSystemHost actors,
    HeadGateway gateway,
    IServer server,
    IHostApplicationLifetime application,
    TimeProvider time
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = application.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
        var http = server.Features.Get<IServerAddressesFeature>()!.Addresses.First();
        var akka = await actors.AddressAsync(stoppingToken);
        new RememberedPorts(http, akka, Environment.ProcessId).Write(options.State);
        while (!gateway.IsOpen)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), time, stoppingToken);
        }

        await Console.Out.WriteLineAsync($"coordinator ready http={http} akka={akka}");
        await Console.Out.FlushAsync(stoppingToken);
    }
}
