using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Orchestrator.Shared.Certificates;

/// <summary>Files in PEM by which coordinators and workers know each other, named by the settings <c>Network:Certificate</c>, <c>Network:CertificateKey</c> and <c>Network:Authority</c>.</summary>
/// <param name="Certificate">The process's own, and those between it and the authority.</param>
/// <param name="Key">Its private key.</param>
/// <param name="Authority">Whose certificates are trusted; nobody else's.</param>
public sealed record MutualTlsFiles(string Certificate, string Key, string Authority)
{
    public const string CertificateSetting = "Network:Certificate";
    public const string KeySetting = "Network:CertificateKey";
    public const string AuthoritySetting = "Network:Authority";

    /// <summary>Of the three settings; null where none is set, or where something is wrong.</summary>
    /// <param name="problems">Gets what is wrong, each with the setting's name, its file, and what would be right.</param>
    public static MutualTlsFiles? Read(
        string? certificate,
        string? key,
        string? authority,
        DateTimeOffset now,
        ICollection<string> problems
    )
    {
        (string Setting, string? File)[] all = [(CertificateSetting, certificate), (KeySetting, key), (AuthoritySetting, authority)];
        var missing = all.Where(one => string.IsNullOrEmpty(one.File)).Select(one => one.Setting).ToList();
        if (missing.Count == all.Length)
        {
            return null;
        }

        if (missing.Count > 0)
        {
            missing.ForEach(setting =>
                problems.Add($"{setting}: is missing – TLS needs all three: {string.Join(", ", all.Select(one => one.Setting))}")
            );
            return null;
        }

        var files = new MutualTlsFiles(certificate!, key!, authority!);
        try
        {
            files.Load(now);
            return files;
        }
        catch (MutualTlsException e)
        {
            problems.Add(e.Message);
            return null;
        }
    }

    /// <summary>What stands there now.</summary>
    /// <exception cref="MutualTlsException">It cannot be used; names setting and file.</exception>
    public MutualTlsIdentity Load(DateTimeOffset now)
    {
        try
        {
            return Read(now);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw Bad(CertificateSetting, Certificate, $"{e.Message} (or {KeySetting}: {Key}, or {AuthoritySetting}: {Authority})");
        }
    }

    private MutualTlsIdentity Read(DateTimeOffset now)
    {
        var certificates = Import(CertificateSetting, Certificate);
        var authorities = Import(AuthoritySetting, Authority);
        if (authorities.FirstOrDefault(one => !IsAuthority(one)) is { } member)
        {
            throw Bad(AuthoritySetting, Authority, $"{member.Subject} is no authority: its basic constraints do not say CA");
        }

        var bare = certificates[0];
        if (bare.NotAfter.ToUniversalTime() <= now.UtcDateTime || bare.NotBefore.ToUniversalTime() > now.UtcDateTime)
        {
            throw Bad(
                CertificateSetting,
                Certificate,
                $"{bare.Subject} counts from {bare.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm} to {bare.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC, and not now: issue another one"
            );
        }

        certificates.RemoveAt(0);
        var identity = new MutualTlsIdentity(WithKey(bare), certificates, authorities);
        return identity.Problem(identity.Certificate, certificates) is { } problem
            ? throw Bad(CertificateSetting, Certificate, $"{problem} ({AuthoritySetting}: {Authority})")
            : identity;
    }

    private static bool IsAuthority(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is { CertificateAuthority: true };

    private static X509Certificate2Collection Import(string setting, string file)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPemFile(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw Bad(setting, file, e.Message);
        }

        return certificates.Count > 0 ? certificates : throw Bad(setting, file, "has no certificate in PEM (BEGIN CERTIFICATE)");
    }

    private static MutualTlsException Bad(string setting, string file, string problem) => new($"{setting}: {file} – {problem}");

    private X509Certificate2 WithKey(X509Certificate2 bare)
    {
        try
        {
            return X509Certificate2.CreateFromPem(bare.ExportCertificatePem(), File.ReadAllText(Key));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Bad(KeySetting, Key, e.Message);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw Bad(
                KeySetting,
                Key,
                $"is not the private key, in PEM and without a password, of {bare.Subject} in {Certificate}: {e.Message}"
            );
        }
    }
}

/// <summary>Certificates cannot be used; the message names setting and file.</summary>
public sealed class MutualTlsException(string message) : Exception(message);
