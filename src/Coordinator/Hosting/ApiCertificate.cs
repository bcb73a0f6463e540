using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Orchestrator.Coordinator.Hosting;

/// <summary>
/// The API's certificate, from files that are looked at again every ten seconds, at the next handshake: who renews them restarts nothing. While what stands
/// there cannot be used the last one that could is. Thread safe.
/// </summary>
public sealed partial class ApiCertificate(string certificateFile, string keyFile, TimeProvider time, ILogger<ApiCertificate> log)
{
    /// <summary>How long changed files may go unnoticed.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private SslStreamCertificateContext? current;
    private byte[] loaded = [];
    private long lookedAt;

    /// <exception cref="CryptographicException">There is none yet that can be used.</exception>
    /// <exception cref="IOException">A file cannot be read, and there is none yet.</exception>
    public SslStreamCertificateContext Current()
    {
        lock (gate)
        {
            if (current is null || time.GetElapsedTime(lookedAt) >= Interval)
            {
                lookedAt = time.GetTimestamp();
                Load();
            }

            return current!;
        }
    }

    /// <summary>The certificate of a file (PEM), with its key and those that stand behind it: who signed it, and who signed that.</summary>
    /// <exception cref="CryptographicException">It is none, or the key is another's.</exception>
    public static (X509Certificate2 Certificate, X509Certificate2Collection Chain) Read(string certificateFile, string keyFile)
    {
        var certificate = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(certificateFile);
        chain.RemoveAt(0);
        return (certificate, chain);
    }

    private void Load()
    {
        try
        {
            var content = SHA256.HashData([.. File.ReadAllBytes(certificateFile), .. File.ReadAllBytes(keyFile)]);
            if (content.AsSpan().SequenceEqual(loaded))
            {
                return;
            }

            var (certificate, chain) = Read(certificateFile, keyFile);
            current = SslStreamCertificateContext.Create(certificate, chain, offline: true);
            loaded = content;
            LogLoaded(log, certificate.Subject, certificate.NotAfter);
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException && current is not null)
        {
            LogKept(log, certificateFile, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The API's certificate is {Subject}, until {NotAfter}")]
    private static partial void LogLoaded(ILogger logger, string subject, DateTime notAfter);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "The API's certificate {File} has changed and cannot be used, the last one stays: {Error}"
    )]
    private static partial void LogKept(ILogger logger, string file, string error);
}
