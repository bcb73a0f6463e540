using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Orchestrator.Coordinator.Settings;

namespace Orchestrator.Coordinator.Hosting;

/// <summary>Where clients reach this coordinator.</summary>
public sealed class PublicAddress(CoordinatorOptions options, IServer server, IHostApplicationLifetime application)
{
    /// <summary>Null until it serves: a free port is not known before.</summary>
    public string? Find() =>
        !application.ApplicationStarted.IsCancellationRequested
            ? null
            : options.Http.PublicUrl ?? server.Features.Get<IServerAddressesFeature>()!.Addresses.First();
}
