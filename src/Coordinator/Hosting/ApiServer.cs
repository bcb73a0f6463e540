using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Orchestrator.Coordinator.Api;
using Orchestrator.Coordinator.Settings;

namespace Orchestrator.Coordinator.Hosting;

/// <summary>The API's listener: where it listens, by which certificate, and how much a client may send and how slowly.</summary>
public static class ApiServer
{
    /// <summary>Of a request's body, in bytes: a spec is the longest, and it has 64 KiB.</summary>
    public const long MostBody = 128 * 1024;

    /// <param name="url">Of the settings, with the port that the state folder remembers.</param>
    public static void UseApiServer(this WebApplicationBuilder builder, CoordinatorOptions options, Uri url)
    {
        builder.WebHost.ConfigureKestrel(kestrel => Limit(kestrel, options.Http.Limits));
        if (url.Scheme == Uri.UriSchemeHttp)
        {
            builder.WebHost.UseUrls(url.GetLeftPart(UriPartial.Authority));
            return;
        }

        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            var certificate = new ApiCertificate(
                options.Http.Certificate!,
                options.Http.CertificateKey!,
                kestrel.ApplicationServices.GetRequiredService<TimeProvider>(),
                kestrel.ApplicationServices.GetRequiredService<ILogger<ApiCertificate>>()
            );
            Listen(kestrel, url, listen => listen.UseHttps(Handshake(certificate)));
        });
    }

    /// <summary>What says of itself that it is too long is not read.</summary>
    public static void UseBodyLimit(this WebApplication app) =>
        app.Use(
            (context, next) =>
            {
                if (context.Request.ContentLength is not > MostBody)
                {
                    return next(context);
                }

                context.Response.Headers.Connection = "close";
                return Problems.TooLong().ExecuteAsync(context);
            }
        );

    private static void Limit(KestrelServerOptions kestrel, HttpLimits limits)
    {
        kestrel.AddServerHeader = false;
        // HTTP/2 has streams within a connection, which no limit here would count.
        kestrel.ConfigureEndpointDefaults(listen => listen.Protocols = HttpProtocols.Http1);
        kestrel.Limits.MaxConcurrentConnections = limits.Connections;
        kestrel.Limits.MaxRequestBodySize = MostBody;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
        kestrel.Limits.MaxRequestHeaderCount = 64;
        kestrel.Limits.MaxRequestLineSize = 8 * 1024;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(75);
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
    }

    private static void Listen(KestrelServerOptions kestrel, Uri url, Action<ListenOptions> configure)
    {
        if (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address))
        {
            kestrel.Listen(address, url.Port, configure);
        }
        else if (url.Host == "localhost")
        {
            kestrel.Listen(IPAddress.Loopback, url.Port, configure);
        }
        else
        {
            // As UseUrls does with a name.
            kestrel.ListenAnyIP(url.Port, configure);
        }
    }

    private static TlsHandshakeCallbackOptions Handshake(ApiCertificate certificate) =>
        new()
        {
            OnConnection = _ =>
                ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificateContext = certificate.Current() }),
        };
}
