using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Cli.Tests.Tokens;

public sealed class TrustTests
{
    [Fact]
    public async Task A_coordinator_is_trusted_by_the_authorities_of_a_file_and_by_no_others()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Certificate(key);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        await using var app = builder.Build();
        app.Run(context => context.Response.WriteAsJsonAsync(new RunListView([]), RunSpecJson.Options));
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var trusted = new TemporaryFile(certificate.ExportCertificatePem());
        using var otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var stranger = Certificate(otherKey);
        using var other = new TemporaryFile(stranger.ExportCertificatePem());
        using var none = new TemporaryFile("no certificate");

        var typed = await Typed.RunAsync("list", "--server", app.Urls.First(), "--ca-file", trusted.Path);
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        Assert.Equal(ExitCode.Unreachable, (await Typed.RunAsync("list", "--server", app.Urls.First())).Code);
        Assert.Equal(ExitCode.Unreachable, (await Typed.RunAsync("list", "--server", app.Urls.First(), "--ca-file", other.Path)).Code);
        Assert.Equal(ExitCode.BadInput, (await Typed.RunAsync("list", "--server", app.Urls.First(), "--ca-file", none.Path)).Code);
    }

    private static X509Certificate2 Certificate(ECDsa key)
    {
        var now = TimeProvider.System.GetUtcNow();
        var request = new CertificateRequest("CN=coordinator", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(now.AddHours(-1), now.AddHours(1));
    }
}
