using Orchestrator.Coordinator.Api;
using Orchestrator.Shared.Api;

namespace Orchestrator.Coordinator.Access;

/// <summary>What an address takes. One that says nothing is closed: to read, a viewer's token; to change something, an operator's.</summary>
/// <param name="Scope">Null: it is open to all.</param>
public sealed record ScopeNeeded(TokenScope? Scope)
{
    private static readonly ScopeNeeded ToRead = new(TokenScope.Viewer);
    private static readonly ScopeNeeded ToChange = new(TokenScope.Operator);
    internal static readonly ScopeNeeded Open = new((TokenScope?)null);

    public static ScopeNeeded Of(HttpContext context)
    {
        var endpoint = context.GetEndpoint();
        // That nothing is there is no secret, unless it is below the API's own path.
        return endpoint is null && !context.Request.Path.StartsWithSegments("/api")
            ? Open
            : Of(endpoint?.Metadata ?? [], context.Request.Method);
    }

    /// <summary>What an endpoint with these metadata takes.</summary>
    public static ScopeNeeded Of(IReadOnlyList<object> metadata, string method) =>
        metadata.OfType<ScopeNeeded>().LastOrDefault() ?? (IsRead(method) ? ToRead : ToChange);

    public static bool IsRead(HttpRequest request) => IsRead(request.Method);

    private static bool IsRead(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method);
}

/// <summary>How an address says what it takes.</summary>
public static class ScopeConventions
{
    /// <summary>No token: health, metrics, and the page's files, which hold no run.</summary>
    public static TBuilder OpenToAll<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(ScopeNeeded.Open);

    public static TBuilder Needs<TBuilder>(this TBuilder builder, TokenScope scope)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new ScopeNeeded(scope));

    /// <summary>Changes the run <c>{id}</c>: a researcher's token does if the run is its own.</summary>
    public static RouteHandlerBuilder ChangesRun(this RouteHandlerBuilder builder) =>
        builder
            .Needs(TokenScope.Researcher)
            .AddEndpointFilter(
                (invocation, next) =>
                {
                    var context = invocation.HttpContext;
                    var caller = context.Features.Get<Caller>()!;
                    var run = context.RequestServices.GetRequiredService<RunBoard>().Find($"{context.GetRouteValue("id")}");
                    return run is not null && caller.MayNotChange(run) is { } problem
                        ? ValueTask.FromResult<object?>(AccessProblems.OfAnother(problem))
                        : next(invocation);
                }
            );
}
