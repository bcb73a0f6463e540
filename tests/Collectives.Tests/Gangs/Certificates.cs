using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Orchestrator.Collectives.Transport.Tls;
using Orchestrator.Tests.Servers;

namespace Orchestrator.Collectives.Tests.Gangs;

/// <summary>Certificates of this test process: one authority that all trust, and one that nobody does.</summary>
internal static class Certificates
{
    private static readonly TestAuthority Trusted = new("trusted CA");
    private static readonly TestAuthority Strange = new("strange CA");

    /// <summary>Of a member.</summary>
    public static PeerCertificates Good { get; } = Of(Trusted.Issue("member"));

    /// <summary>Of the authority, an hour ago.</summary>
    public static PeerCertificates Expired { get; } = Of(Trusted.Issue("latecomer", hours: -1));

    /// <summary>Trusts the members, who do not trust it.</summary>
    public static PeerCertificates Stranger { get; } = Of(Strange.Issue("stranger"));

    /// <summary>Trusts nobody of the members.</summary>
    public static PeerCertificates Distrustful { get; } = Good with { Authorities = [Strange.Certificate] };

    private static PeerCertificates Of(X509Certificate2 certificate) =>
        new(SslStreamCertificateContext.Create(certificate, null, offline: true), [Trusted.Certificate]);
}
