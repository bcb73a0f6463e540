using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Orchestrator.Cli.Api;

/// <summary>
/// Sends the token, and goes where a stand-by leads with it. (.NET's own way of following leaves the token behind.) Never from https to http: what was to be
/// hidden would go in clear.
/// </summary>
internal sealed class CoordinatorHandler : DelegatingHandler
{
    private const int MostHops = 5;

    private readonly string? token;

    public CoordinatorHandler(ClientIdentity identity)
    {
        token = identity.Token;
        var sockets = new SocketsHttpHandler { AllowAutoRedirect = false };
        if (identity.Authorities is { } authorities)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.AddRange(authorities);
            sockets.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }

        InnerHandler = sockets;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        for (var hop = 0; ; hop++)
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (hop == MostHops || Target(request, response) is not { } next)
            {
                return response;
            }

            response.Dispose();
            request.RequestUri = next;
        }
    }

    private static Uri? Target(HttpRequestMessage request, HttpResponseMessage response)
    {
        var isRead = request.Method == HttpMethod.Get || request.Method == HttpMethod.Head;
        var follows = response.StatusCode switch
        {
            HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect => true,
            HttpStatusCode.MovedPermanently or HttpStatusCode.Found => isRead,
            _ => false,
        };
        if (!follows || response.Headers.Location is not { } location)
        {
            return null;
        }

        var next = new Uri(request.RequestUri!, location);
        return next.Scheme == Uri.UriSchemeHttps || next.Scheme == request.RequestUri!.Scheme ? next : null;
    }
}
