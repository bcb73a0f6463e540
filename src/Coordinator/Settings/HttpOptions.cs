using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Security.Cryptography;
using Orchestrator.Coordinator.Hosting;

namespace Orchestrator.Coordinator.Settings;

/// <summary>The API's address, who may use it, and how much of it.</summary>
public sealed record HttpOptions
{
    /// <summary>Shortest bootstrap token, in characters.</summary>
    public const int LeastBootstrapLength = 32;

    /// <summary>Default: loopback, a free port that the state folder remembers.</summary>
    public string Url { get; init; } = "http://127.0.0.1:0";

    /// <summary>Where clients reach it, for the other coordinators to send them there. Default: <see cref="Url"/>.</summary>
    public string? PublicUrl { get; init; }

    /// <summary>An operator's token, for whoever makes the others; at least 32 characters. With one, here or in a file, the API asks for tokens.</summary>
    public string? BootstrapToken { get; init; }

    public string? BootstrapTokenFile { get; init; }

    /// <summary>Whether the API asks for tokens. Default: where there is a bootstrap token.</summary>
    public bool? Tokens { get; init; }

    /// <summary>Lets an address that others reach ask for no token. Default: false.</summary>
    public bool AllowAnonymous { get; init; }

    /// <summary>PEM: the certificate, and those that lead to the authority that clients trust. With one the API is https.</summary>
    public string? Certificate { get; init; }

    /// <summary>PEM: the certificate's private key.</summary>
    public string? CertificateKey { get; init; }

    public HttpLimits Limits { get; init; } = new();

    public bool AsksForTokens => Tokens ?? HasBootstrapToken;

    /// <summary>Whether only this machine reaches the API. Any name but localhost is bound at every address.</summary>
    public bool IsLoopback =>
        IsRoot(Url, out var url)
        && (url.Host == "localhost" || (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address)));

    private bool HasBootstrapToken => !string.IsNullOrEmpty(BootstrapToken) || !string.IsNullOrEmpty(BootstrapTokenFile);

    /// <summary>Null without one; call after <see cref="AddProblems"/> found nothing.</summary>
    public string? ReadBootstrapToken() =>
        !string.IsNullOrEmpty(BootstrapToken) ? BootstrapToken
        : !string.IsNullOrEmpty(BootstrapTokenFile) ? File.ReadAllText(BootstrapTokenFile).Trim()
        : null;

    internal void AddProblems(List<string> problems, bool hasPeers)
    {
        if (!IsRoot(Url, out var url))
        {
            problems.Add(
                $"Http:Url: {Url} – must be http://HOST:PORT, or https with Http:Certificate; port 0 takes a free one and keeps it"
            );
        }
        else if (hasPeers && PublicUrl is null && url.Host is "0.0.0.0" or "[::]" or "*" or "+")
        {
            problems.Add(
                $"Http:PublicUrl: is missing – other coordinators cannot send clients to {Url}: http://HOST:PORT at which they reach this one"
            );
        }

        if (PublicUrl is { } given && !IsRoot(given, out _))
        {
            problems.Add($"Http:PublicUrl: {given} – must be http://HOST:PORT or https://HOST:PORT, where clients reach this coordinator");
        }

        if (IsRoot(Url, out _) && !IsLoopback && !AsksForTokens && !AllowAnonymous)
        {
            problems.Add(
                $"Http:Url: {Url} – others reach it, and it asks nobody who they are: set Http:BootstrapTokenFile (or Http:BootstrapToken) so that it asks for tokens, "
                    + "take a loopback address (http://127.0.0.1:8080), or say Http:AllowAnonymous=true on a network that lets in only whom it may"
            );
        }

        AddCertificateProblems(problems, url?.Scheme);
        AddTokenProblems(problems);
        Limits.AddProblems(problems);
    }

    private void AddCertificateProblems(List<string> problems, string? scheme)
    {
        var (has, wants) = (!string.IsNullOrEmpty(Certificate), scheme == Uri.UriSchemeHttps);
        if (scheme is not null && has != wants)
        {
            problems.Add(
                has
                    ? $"Http:Url: {Url} – must be https with Http:Certificate"
                    : $"Http:Certificate: is missing – {Url} needs one, and Http:CertificateKey"
            );
        }
        else if (has && string.IsNullOrEmpty(CertificateKey))
        {
            problems.Add("Http:CertificateKey: is missing – the file of the certificate's private key");
        }
        else if (has)
        {
            try
            {
                ApiCertificate.Read(Certificate!, CertificateKey!);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
            {
                problems.Add($"Http:Certificate: {Certificate} with {CertificateKey} – cannot be used: {e.Message}");
            }
        }
    }

    private void AddTokenProblems(List<string> problems)
    {
        if (Tokens == false && HasBootstrapToken)
        {
            problems.Add("Http:Tokens: is false – and there is a bootstrap token: leave one of the two out");
        }

        if (string.IsNullOrEmpty(BootstrapToken) && !string.IsNullOrEmpty(BootstrapTokenFile) && !File.Exists(BootstrapTokenFile))
        {
            problems.Add($"Http:BootstrapTokenFile: {BootstrapTokenFile} – no such file");
        }
        else if (ReadBootstrapToken() is { } token && (token.Length < LeastBootstrapLength || token.Any(c => c is <= ' ' or > '~')))
        {
            problems.Add(
                $"Http:BootstrapToken: must be {LeastBootstrapLength} characters or more, of the printable ones of ASCII, without spaces (openssl rand -hex 32 makes one)"
            );
        }
    }

    private static bool IsRoot(string text, [NotNullWhen(true)] out Uri? url) =>
        Uri.TryCreate(text, UriKind.Absolute, out url) && url.Scheme is "http" or "https" && url.PathAndQuery == "/";
}
