using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Orchestrator.Tests.Servers;

/// <summary>An authority of a test's own, and what it signs: for an hour, or as long as the test says.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private int issued;

    public TestAuthority(string name = "test CA")
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        Certificate = request.CreateSelfSigned(Now.AddDays(-2), Now.AddDays(2));
    }

    public X509Certificate2 Certificate { get; }

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    /// <param name="hours">It counts from so long ago on, less one, to then: one below 0 has expired.</param>
    public X509Certificate2 Issue(string name, double hours = 1)
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", own, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false)
        );
        var serial = (byte)Interlocked.Increment(ref issued);
        using var bare = request.Create(Certificate, Now.AddHours(Math.Min(hours, 0) - 1), Now.AddHours(hours), [1, serial]);
        return bare.CopyWithPrivateKey(own);
    }

    /// <summary>Writes a certificate, its key and this authority: NAME.crt, NAME.key, NAME.ca.</summary>
    public (string Certificate, string Key, string Authority) Write(string folder, string name, double hours = 1)
    {
        using var issuedNow = Issue(name, hours);
        using var own = issuedNow.GetECDsaPrivateKey()!;
        var files = (Path.Combine(folder, $"{name}.crt"), Path.Combine(folder, $"{name}.key"), Path.Combine(folder, $"{name}.ca"));
        File.WriteAllText(files.Item1, issuedNow.ExportCertificatePem());
        File.WriteAllText(files.Item2, own.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(files.Item3, Certificate.ExportCertificatePem());
        return files;
    }

    public void Dispose()
    {
        Certificate.Dispose();
        key.Dispose();
    }
}
