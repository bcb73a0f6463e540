using Orchestrator.Coordinator.Api;
using Orchestrator.Coordinator.Sweeps;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

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
        builder.ChangesOwned(
            (services, id) => services.GetRequiredService<RunBoard>().Find(id) is { } run ? ($"Run {run.Run}", run.Owner) : null
        );

    /// <summary>Changes the sweep <c>{id}</c>: a researcher's token does if the sweep is its own.</summary>
    public static RouteHandlerBuilder ChangesSweep(this RouteHandlerBuilder builder) =>
        builder.ChangesOwned(
            (services, id) => services.GetRequiredService<SweepBoard>().Find(id) is { } sweep ? ($"Sweep {sweep.Sweep}", sweep.Owner) : null
        );

    /// <param name="find">What <c>{id}</c> names, and whose it is; null: nothing that is known.</param>
    private static RouteHandlerBuilder ChangesOwned(
        this RouteHandlerBuilder builder,
        Func<IServiceProvider, string, (string What, RunOwner Owner)?> find
    ) =>
        builder
            .Needs(TokenScope.Researcher)
            .AddEndpointFilter(
                (invocation, next) =>
                {
                    var context = invocation.HttpContext;
                    var caller = context.Features.Get<Caller>()!;
                    return
                        find(context.RequestServices, $"{context.GetRouteValue("id")}") is var (what, owner)
                        && caller.MayNotChange(what, owner) is { } problem
                        ? ValueTask.FromResult<object?>(AccessProblems.OfAnother(problem))
                        : next(invocation);
                }
            );
}
