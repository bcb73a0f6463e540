using System.ComponentModel;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Orchestrator.Cli.Output;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Certs;

public sealed class CertsShowSettings : CommandSettings
{
    [CommandArgument(0, "<FILE>")]
    [Description("Certificates in PEM")]
    public required string File { get; init; }

    [CommandOption("--json")]
    [Description("One JSON document on standard output")]
    public bool Json { get; init; }
}

/// <param name="Names">Hosts and addresses.</param>
/// <param name="State"><c>good</c>, <c>expired</c> or <c>not yet</c>.</param>
/// <param name="Sha256">Of the certificate's bytes.</param>
public sealed record CertificateView(
    string Subject,
    string Issuer,
    bool Authority,
    IReadOnlyList<string> Names,
    DateTimeOffset From,
    DateTimeOffset Until,
    string State,
    string Sha256
);

/// <summary><c>certs show FILE</c>: whose the certificates of a file are, who signed them, and until when they count.</summary>
public sealed class CertsShowCommand(Terminal terminal) : Command<CertsShowSettings>
{
    public override int Execute(CommandContext context, CertsShowSettings settings, CancellationToken cancellationToken)
    {
        var now = terminal.Time.GetUtcNow();
        CertificateView[] views = [.. Read(settings.File).Select(certificate => View(certificate, now))];
        if (settings.Json)
        {
            terminal.WriteJson(views);
            return ExitCode.Ok;
        }

        var table = new TextTable("subject", "signed by", "authority", "names", "from", "until", "state", "SHA-256");
        foreach (var view in views)
        {
            table.Add(
                view.Subject,
                view.Issuer == view.Subject ? "itself" : view.Issuer,
                view.Authority ? "yes" : "no",
                string.Join(',', view.Names),
                $"{view.From:yyyy-MM-dd HH:mm}",
                $"{view.Until:yyyy-MM-dd HH:mm}",
                view.State,
                view.Sha256[..16]
            );
        }

        terminal.Write(table);
        return ExitCode.Ok;
    }

    private static X509Certificate2Collection Read(string file)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPemFile(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw CliException.BadInput($"{file} cannot be read", e.Message, "give a file of certificates in PEM");
        }

        return certificates.Count > 0
            ? certificates
            : throw CliException.BadInput(
                $"{file} has no certificate",
                "there is no BEGIN CERTIFICATE in it",
                "give a file of certificates in PEM, such as ca.crt"
            );
    }

    private static CertificateView View(X509Certificate2 certificate, DateTimeOffset now)
    {
        var (from, until) = (
            new DateTimeOffset(certificate.NotBefore).ToUniversalTime(),
            new DateTimeOffset(certificate.NotAfter).ToUniversalTime()
        );
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        return new CertificateView(
            certificate.Subject,
            certificate.Issuer,
            certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is { CertificateAuthority: true },
            names is null ? [] : [.. names.EnumerateDnsNames(), .. names.EnumerateIPAddresses().Select(address => address.ToString())],
            from,
            until,
            until <= now ? "expired"
                : from > now ? "not yet"
                : "good",
            Convert.ToHexStringLower(SHA256.HashData(certificate.RawData))
        );
    }
}
