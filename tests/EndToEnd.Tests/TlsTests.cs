using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Orchestrator.Cli.Demo;
using Orchestrator.Client;
using Xunit;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>Coordinator and workers with certificates that the command line has made.</summary>
[Collection(UndisturbedRuns.Collection)]
public sealed class TlsTests(UndisturbedRuns runs)
{
    [Fact]
    public async Task Workers_with_certificates_train_to_the_same_bits_over_TLS_on_both_planes()
    {
        var expected = await runs.OfAsync("short");
        using var state = StateFolder.Open(runs.Folder());
        var certs = Path.Combine(state.FullName, "certs");
        await CertsAsync("init", certs);
        await CertsAsync("issue", certs, "--name", "coordinator");
        await using var cluster = new Parts(state, "short", workers: 2, [.. Settings(certs, "coordinator")]);
        var contact = await cluster.StartCoordinatorAsync();
        foreach (var name in cluster.Names)
        {
            await CertsAsync("issue", certs, "--name", name);
            var worker = await cluster.StartWorkerAsync(
                name,
                contact,
                [
                    .. Settings(certs, name).Select(one => ($"ORCHESTRATOR_{one.Key}", one.Value)),
                    ("ORCHESTRATOR_Data__SharedMemory", "false"),
                ]
            );
            var ready = await worker.ReadyAsync(TimeSpan.FromSeconds(1), TimeProvider.System, default);
            Assert.Equal($"CN={name}", await SubjectAtAsync(ready["data"]));
        }

        Assert.Equal("CN=coordinator", await SubjectAtAsync(contact));
        using var client = new OrchestratorClient(cluster.Server);
        await Until.HoldsAsync(
            "two idle workers",
            async () => (await client.ListWorkersAsync()).Workers.Count(w => w.State == "idle") == 2
        );
        var run = await cluster.SubmitAsync();
        await runs.AssertEndsAsync(client, run, expected);
        var detail = await client.GetRunDetailAsync(run);
        Assert.Equal((0, 0L), (detail.Recoveries, detail.StepsLost));

        async Task CertsAsync(params string[] words)
        {
            await using var cli = CliProcess.Start(state.FullName, ["certs", .. words]);
            Assert.True(await cli.EndAsync() == 0, cli.Both);
        }
    }

    private static (string Key, string Value)[] Settings(string certs, string name) =>
        [
            ("Network__Certificate", Path.Combine(certs, $"{name}.crt")),
            ("Network__CertificateKey", Path.Combine(certs, $"{name}.key")),
            ("Network__Authority", Path.Combine(certs, "ca.crt")),
        ];

    /// <summary>Whose certificate a port shows.</summary>
    private static async Task<string> SubjectAtAsync(string address)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPEndPoint.Parse(address));
        await using var stream = new SslStream(client.GetStream(), false, (_, shown, _, _) => shown is not null);
        await stream.AuthenticateAsClientAsync("127.0.0.1");
        return stream.RemoteCertificate!.Subject;
    }
}
