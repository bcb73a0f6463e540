using System.Data.Common;
using System.Net;
using System.Security.Principal;
using System.Threading.RateLimiting;
using Orchestrator.Coordinator.Settings;

namespace Orchestrator.Coordinator.Access;

/// <summary>Before anything else of a request: who asks; and before its address answers: whether that caller may.</summary>
public static partial class AccessMiddleware
{
    /// <summary>Finds the caller. Who has no token, or one that does not count, comes no further than to what is open.</summary>
    public static void UseCallers(this WebApplication app, CoordinatorOptions options)
    {
        var log = app.Services.GetRequiredService<ILogger<TokenBook>>();
        if (!options.Http.IsLoopback && !options.Http.AsksForTokens)
        {
            LogAnonymous(log, options.Http.Url);
        }
        else if (!options.Http.IsLoopback && string.IsNullOrEmpty(options.Http.Certificate))
        {
            LogInClear(log, options.Http.Url);
        }

        app.Use(
            (context, next) =>
            {
                if (!options.Http.AsksForTokens)
                {
                    return FromElsewhere(context.Request, options.Http) is { } problem
                        ? AccessProblems.FromElsewhere(problem).ExecuteAsync(context)
                        : Go(context, next, Caller.Anonymous);
                }

                if (ScopeNeeded.Of(context).Scope is null)
                {
                    return next(context);
                }

                try
                {
                    var (caller, problem) = context
                        .RequestServices.GetRequiredService<TokenBook>()
                        .Identify(context.Request.Headers.Authorization.ToString());
                    return caller is not null ? Go(context, next, caller) : RefuseAsync(context, problem);
                }
                catch (DbException e)
                {
                    LogUnknowable(log, e.Message);
                    return AccessProblems.Unknowable().ExecuteAsync(context);
                }
            }
        );
    }

    /// <summary>After <see cref="UseCallers"/>.</summary>
    public static void UseScopes(this WebApplication app) =>
        app.Use(
            (context, next) =>
                context.Features.Get<Caller>() is { } caller && ScopeNeeded.Of(context).Scope is { } needed && caller.Scope < needed
                    ? AccessProblems.TooSmall(context.Response, caller.Scope, needed).ExecuteAsync(context)
                    : next(context)
        );

    private static Task Go(HttpContext context, RequestDelegate next, Caller caller)
    {
        context.Features.Set(caller);
        if (!caller.IsAnonymous)
        {
            context.User = new GenericPrincipal(new GenericIdentity(caller.User, "token"), null);
        }

        return next(context);
    }

    private static async Task RefuseAsync(HttpContext context, string? problem)
    {
        var address = RequestRates.AddressOf(context);
        using var lease = context.RequestServices.GetRequiredService<RequestRates>().Failures.AttemptAcquire(address);
        var answer = lease.IsAcquired
            ? AccessProblems.Unauthorized(context.Response, problem)
            : AccessProblems.TooMany(
                context.Response,
                lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.Zero,
                $"address {address} without a token that counts"
            );
        await answer.ExecuteAsync(context);
    }

    /// <summary>
    /// Without tokens whoever reaches the port is let in; a browser of this machine reaches it in the name of any page that it shows. So the name that was asked for
    /// has to be this machine's (a page's own name may be made to lead here), and what changes something must not come from another page.
    /// </summary>
    private static string? FromElsewhere(HttpRequest request, HttpOptions http)
    {
        if (http.IsLoopback && !IsOwnName(request.Host.Host, http))
        {
            return $"Without tokens a coordinator on loopback answers to localhost and loopback addresses, not to {request.Host.Host} (Http:PublicUrl names another).";
        }

        var origin = request.Headers.Origin.ToString();
        return
            origin.Length > 0
            && !ScopeNeeded.IsRead(request)
            && (!Uri.TryCreate(origin, UriKind.Absolute, out var page) || page.Authority != request.Host.Value)
            ? "A page from elsewhere changes nothing here."
            : null;
    }

    private static bool IsOwnName(string host, HttpOptions http) =>
        host.Length == 0
        || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address))
        || (Uri.TryCreate(http.PublicUrl, UriKind.Absolute, out var known) && known.Host.Equals(host, StringComparison.OrdinalIgnoreCase));

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Http:AllowAnonymous is set: whoever reaches {Url} may submit, change and cancel every run."
    )]
    private static partial void LogAnonymous(ILogger logger, string url);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Url} has no TLS (Http:Certificate): tokens go in clear, unless a gateway in front of it has."
    )]
    private static partial void LogInClear(ILogger logger, string url);

    [LoggerMessage(Level = LogLevel.Error, Message = "Tokens cannot be looked up: {Error}")]
    private static partial void LogUnknowable(ILogger logger, string error);
}
