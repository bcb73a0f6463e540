using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Orchestrator.Cli.Certs;

/// <summary>An authority's folder: <c>ca.crt</c> and <c>ca.key</c>, and <c>NAME.crt</c> and <c>NAME.key</c> of what it signed. PEM; keys are their owner's only.</summary>
public sealed class AuthorityFolder(string folder)
{
    /// <summary>Name of the authority's own files.</summary>
    public const string Authority = "ca";

    public string CertificateFile(string name) => Path.Combine(folder, $"{name}.crt");

    public string KeyFile(string name) => Path.Combine(folder, $"{name}.key");

    /// <summary>Both files, or none of them; what is there stays as it is.</summary>
    /// <exception cref="CliException">A file is there already, or one cannot be written.</exception>
    public void Write(string name, X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        foreach (var file in (string[])[CertificateFile(name), KeyFile(name)])
        {
            if (File.Exists(file))
            {
                throw CliException.BadInput(
                    $"{file} is there already",
                    "keys and certificates are never overwritten: what is in use would stop to fit",
                    "remove it first, or take another folder or name"
                );
            }
        }

        try
        {
            Directory.CreateDirectory(folder);
            WriteNew(KeyFile(name), key.ExportPkcs8PrivateKeyPem() + "\n", UnixFileMode.UserRead | UnixFileMode.UserWrite);
            try
            {
                WriteNew(
                    CertificateFile(name),
                    certificate.ExportCertificatePem() + "\n",
                    UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead
                );
            }
            catch
            {
                File.Delete(KeyFile(name));
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.BadInput($"{folder} cannot be written", e.Message, "give a folder of your own");
        }
    }

    /// <summary>The authority, with its key.</summary>
    /// <exception cref="CliException">There is none, or none that can sign.</exception>
    public X509Certificate2 ReadAuthority(DateTimeOffset now)
    {
        X509Certificate2 authority;
        try
        {
            authority = X509Certificate2.CreateFromPemFile(CertificateFile(Authority), KeyFile(Authority));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw CliException.BadInput($"{folder} has no authority", e.Message, $"make one with: orchestrator certs init {folder}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw CliException.BadInput(
                $"{CertificateFile(Authority)} with {KeyFile(Authority)} cannot be used",
                e.Message,
                "both are in PEM, and the key is the certificate's own"
            );
        }

        if (authority.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is not { CertificateAuthority: true })
        {
            throw CliException.BadInput($"{CertificateFile(Authority)} is no authority", "its basic constraints do not say CA");
        }

        return authority.NotAfter.ToUniversalTime() > now.UtcDateTime
            ? authority
            : throw CliException.BadInput(
                $"{CertificateFile(Authority)} has expired",
                $"it ended at {authority.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC",
                "make another one in a folder of its own; whoever trusts this one has to be told"
            );
    }

    private static void WriteNew(string path, string text, UnixFileMode mode)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = mode;
        }

        using var writer = new StreamWriter(path, options);
        writer.Write(text);
    }
}
