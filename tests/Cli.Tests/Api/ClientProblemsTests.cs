using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Orchestrator.Cli.Tests.Api;

public sealed class ClientProblemsTests
{
    [Fact]
    public async Task Lasting_503_says_to_try_again()
    {
        await using var fake = (await FakeCoordinator.StartAsync()).On(
            "GET /api/v1/runs",
            new { title = "Not ready", detail = "the head is being adopted" },
            503,
            "application/problem+json"
        );
        var typed = await Typed.RunAsync("list", "--server", fake.Url);
        Assert.Equal(ExitCode.Failed, typed.Code);
        Assert.Contains("the head is being adopted", typed.Error, StringComparison.Ordinal);
        Assert.Contains("try again", typed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_of_something_else_is_told_and_not_thrown_up()
    {
        await using var fake = (await FakeCoordinator.StartAsync()).On("GET /api/v1/runs", 7);
        var typed = await Typed.RunAsync("list", "--server", fake.Url);
        Assert.Equal(ExitCode.Failed, typed.Code);
        Assert.Contains("no answer of a coordinator's API", typed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_several_coordinators_that_are_all_gone_each_is_named()
    {
        var (first, second) = (Nobody(), Nobody());
        var typed = await Typed.RunAsync("list", "--server", $"{first},{second}");
        Assert.True(typed.Code == ExitCode.Unreachable, typed.ToString());
        Assert.Contains($"{first}", typed.Error, StringComparison.Ordinal);
        Assert.Contains($"{second}", typed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_listening_names_the_address_and_what_to_do()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var typed = await Typed.RunAsync("workers", "--server", $"http://127.0.0.1:{port}");
        Assert.True(typed.Code == ExitCode.Unreachable, typed.ToString());
        Assert.Contains($"http://127.0.0.1:{port}", typed.Error, StringComparison.Ordinal);
        Assert.Contains("ORCHESTRATOR_SERVER", typed.Error, StringComparison.Ordinal);
    }

    /// <summary>An address at which nobody listens.</summary>
    private static Uri Nobody()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
    }
}
