using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Orchestrator.Shared.Certificates;

/// <summary>What a process shows at the other end of its connections, and whom it trusts there. It never changes: renewed files are another one.</summary>
public sealed class MutualTlsIdentity
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";

    internal MutualTlsIdentity(X509Certificate2 certificate, X509Certificate2Collection chain, X509Certificate2Collection authorities)
    {
        Certificate = certificate;
        Authorities = authorities;
        Context = SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }

    /// <summary>With its key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>The same with those between it and the authority, for streams.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>Whoever has a certificate of theirs is trusted, whatever names are in it.</summary>
    public X509Certificate2Collection Authorities { get; }

    /// <summary>Why somebody's certificate is not taken; null: it is. Nobody but the authorities is asked: neither the machine's store nor lists of what was revoked.</summary>
    /// <param name="theirs">Null: none was shown.</param>
    /// <param name="between">Those that were shown with it.</param>
    public string? Problem(X509Certificate2? theirs, X509Certificate2Collection? between = null)
    {
        if (theirs is null)
        {
            return "no certificate is shown";
        }

        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(Authorities);
        policy.RevocationMode = X509RevocationMode.NoCheck;
        policy.DisableCertificateDownloads = true;
        policy.ApplicationPolicy.Add(new Oid(ServerUse));
        policy.ApplicationPolicy.Add(new Oid(ClientUse));
        policy.ExtraStore.AddRange(between ?? []);
        return chain.Build(theirs)
            ? null
            : Explain(theirs, chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status));
    }

    private string Explain(X509Certificate2 theirs, X509ChainStatusFlags status)
    {
        const X509ChainStatusFlags strange =
            X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.NotSignatureValid;
        return (status & strange) != X509ChainStatusFlags.NoError
                ? $"the certificate {theirs.Subject}, signed by {theirs.Issuer}, is not of the authority {string.Join(" or ", Authorities.Select(authority => authority.Subject))}"
            : (status & X509ChainStatusFlags.NotTimeValid) != X509ChainStatusFlags.NoError
                ? $"the certificate {theirs.Subject}, which is for {theirs.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm} to {theirs.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC, or its authority's does not count now"
            : (status & X509ChainStatusFlags.NotValidForUsage) != X509ChainStatusFlags.NoError
                ? $"the certificate {theirs.Subject} is not for both client and server use"
            : $"the certificate {theirs.Subject} is not taken: {status}";
    }
}
