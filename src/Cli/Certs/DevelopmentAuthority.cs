using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Orchestrator.Cli.Certs;

/// <summary>Makes an authority and the certificates that it signs: ECDSA P-256 with SHA-256. For development and small clusters; whoever has a PKI uses that.</summary>
public static class DevelopmentAuthority
{
    /// <summary>How long an authority counts.</summary>
    public const int Years = 5;

    // Clocks of a cluster's machines differ a little.
    private static readonly TimeSpan Backdated = TimeSpan.FromMinutes(5);

    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";

    /// <summary>An authority that signs itself, and no further authorities.</summary>
    /// <returns>With its key.</returns>
    public static X509Certificate2 Create(string name, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(Named(name), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true)
        );
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.CreateSelfSigned(now - Backdated, now.AddYears(Years));
    }

    /// <summary>A certificate for both sides of a connection: coordinators and workers dial and are dialed.</summary>
    /// <param name="authority">With its key; it counts longer than until <paramref name="until"/>.</param>
    /// <returns>With its key.</returns>
    public static X509Certificate2 Issue(
        X509Certificate2 authority,
        string name,
        IReadOnlyList<string> hosts,
        IReadOnlyList<IPAddress> addresses,
        DateTimeOffset now,
        DateTimeOffset until
    )
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(Named(name), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid(ServerUse, "server"), new Oid(ClientUse, "client")], critical: false)
        );
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, includeKeyIdentifier: true, includeIssuerAndSerial: false)
        );
        if (hosts.Count + addresses.Count > 0)
        {
            var names = new SubjectAlternativeNameBuilder();
            foreach (var host in hosts)
            {
                names.AddDnsName(host);
            }

            foreach (var address in addresses)
            {
                names.AddIpAddress(address);
            }

            request.CertificateExtensions.Add(names.Build());
        }

        // A positive number of 127 random bits.
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7F;
        var from = now - Backdated;
        var begins = new DateTimeOffset(authority.NotBefore);
        using var bare = request.Create(authority, from < begins ? begins : from, until, serial);
        return bare.CopyWithPrivateKey(key);
    }

    private static X500DistinguishedName Named(string name)
    {
        var builder = new X500DistinguishedNameBuilder();
        builder.AddCommonName(name);
        return builder.Build();
    }
}
