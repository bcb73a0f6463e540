using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Orchestrator.Collectives.Transport.Tls;

/// <summary>What a process shows at the other end of its connections, and whom it takes there. It never changes: what is renewed is another one.</summary>
/// <param name="Own">The process's certificate with its key, and those that lead to the authority.</param>
/// <param name="Authorities">Whoever has a certificate of theirs may connect, whatever names are in it; nobody else, whomever the machine trusts.</param>
public sealed record PeerCertificates(SslStreamCertificateContext Own, X509Certificate2Collection Authorities)
{
    /// <summary>Nothing is asked of anybody: revoked is what the authority does not renew.</summary>
    internal X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(Authorities);
        return policy;
    }

    /// <summary>Why a certificate is not taken.</summary>
    /// <param name="theirs">Null: none was shown.</param>
    /// <param name="chain">As it was built by <see cref="Policy"/>.</param>
    internal string Explain(X509Certificate2? theirs, X509Chain? chain)
    {
        if (theirs is null)
        {
            return "no certificate is shown";
        }

        X509ChainStatusFlags status = chain?.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status) ?? default;
        const X509ChainStatusFlags strange =
            X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.NotSignatureValid;
        if ((status & strange) != X509ChainStatusFlags.NoError)
        {
            string authorities = string.Join(" or ", Authorities.Select(authority => authority.Subject));
            return $"the certificate {theirs.Subject}, signed by {theirs.Issuer}, is not of the authority {authorities}";
        }

        return (status & X509ChainStatusFlags.NotTimeValid) != X509ChainStatusFlags.NoError
            ? $"the certificate {theirs.Subject}, which is for {theirs.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm} to {theirs.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC, or its authority's does not count now"
            : $"the certificate {theirs.Subject} is not taken: {status}";
    }
}
