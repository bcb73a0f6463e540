using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Coordinator.Hosting;
using Orchestrator.Coordinator.Settings;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Hosting;

public sealed class ApiCertificateTests : IDisposable
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();
    private readonly TemporaryFolder folder = new();
    private readonly X509Certificate2 authority = Authority();

    private string Certificate => Path.Combine(folder.Path, "tls.crt");

    private string Key => Path.Combine(folder.Path, "tls.key");

    public void Dispose()
    {
        authority.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task The_API_is_served_by_https_to_whoever_trusts_who_signed()
    {
        Write("first");
        await using var coordinator = new CoordinatorFixture
        {
            HttpSettings = new HttpOptions
            {
                Url = "https://127.0.0.1:0",
                Certificate = Certificate,
                CertificateKey = Key,
            },
            Authority = X509CertificateLoader.LoadCertificate(authority.Export(X509ContentType.Cert)),
        };
        await coordinator.InitializeAsync();
        Assert.Equal("https", coordinator.Http.BaseAddress!.Scheme);
        Assert.Equal("ready", await coordinator.Http.GetStringAsync("/readyz", TestContext.Current.CancellationToken));
        using var distrustful = new HttpClient { BaseAddress = coordinator.Http.BaseAddress };
        await Assert.ThrowsAsync<HttpRequestException>(() => distrustful.GetAsync("/readyz", TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Files_that_change_are_used_from_then_on_and_bad_ones_are_not()
    {
        Write("first");
        var time = new FakeTimeProvider();
        var certificate = new ApiCertificate(Certificate, Key, time, NullLogger<ApiCertificate>.Instance);
        Assert.Equal("CN=first", certificate.Current().TargetCertificate.Subject);
        Write("second");
        Assert.Equal("CN=first", certificate.Current().TargetCertificate.Subject);
        time.Advance(ApiCertificate.Interval);
        Assert.Equal("CN=second", certificate.Current().TargetCertificate.Subject);
        File.WriteAllText(Key, "half of a ke");
        time.Advance(ApiCertificate.Interval);
        Assert.Equal("CN=second", certificate.Current().TargetCertificate.Subject);
        Write("third");
        time.Advance(ApiCertificate.Interval);
        Assert.Equal("CN=third", certificate.Current().TargetCertificate.Subject);
    }

    [Fact]
    public void Settings_that_do_not_fit_together_are_named()
    {
        Write("first");
        string[] Problems(HttpOptions http) =>
            [
                .. new CoordinatorOptions { JoinToken = CoordinatorFixture.Token, Http = http }
                    .Problems()
                    .Select(p => p[..p.IndexOf(": ", StringComparison.Ordinal)]),
            ];
        var right = new HttpOptions
        {
            Url = "https://127.0.0.1:0",
            Certificate = Certificate,
            CertificateKey = Key,
        };
        Assert.Empty(Problems(right));
        Assert.Equal(["Http:Url"], Problems(right with { Url = "http://127.0.0.1:0" }));
        Assert.Equal(["Http:Certificate"], Problems(right with { Certificate = null }));
        Assert.Equal(["Http:CertificateKey"], Problems(right with { CertificateKey = null }));
        Assert.Equal(["Http:Certificate"], Problems(right with { CertificateKey = Certificate }));
        Assert.Equal(["Http:Certificate"], Problems(right with { Certificate = Path.Combine(folder.Path, "none") }));
    }

    private static X509Certificate2 Authority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(Now.AddDays(-1), Now.AddDays(1));
    }

    private void Write(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, Now.AddHours(-1), Now.AddHours(1), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(Certificate, certificate.ExportCertificatePem());
        File.WriteAllText(Key, key.ExportPkcs8PrivateKeyPem());
    }
}
