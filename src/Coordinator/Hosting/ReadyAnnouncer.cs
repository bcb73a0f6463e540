using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Settings;

namespace Orchestrator.Coordinator.Hosting;

/// <summary>Writes down which ports were taken, and says on standard output when the coordinator serves: it leads, or stands by for one that does.</summary>
public sealed class ReadyAnnouncer(
    CoordinatorOptions options,
    ActorSystemHost actors,
    HeadParts parts,
    IServer server,
    IHostApplicationLifetime application
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
        while (!parts.Gateway.IsOpen && parts.Gateway.Elsewhere is null)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), parts.Time, stoppingToken);
        }

        // A head has looked at the journal itself; a stand-by is not to find out when it takes over.
        var leads = parts.Gateway.IsOpen;
        if (!leads && await JournalProblemAsync() is { } problem)
        {
            parts.Refuse(problem);
            return;
        }

        await Console.Out.WriteLineAsync($"coordinator ready http={http} akka={akka} role={(leads ? "head" : "standby")}");
        await Console.Out.FlushAsync(stoppingToken);
    }

    private async Task<string?> JournalProblemAsync()
    {
        try
        {
            return await parts.CheckFence();
        }
        catch (System.Data.Common.DbException e)
        {
            return $"The journal cannot be looked at: {e.Message}";
        }
    }
}
