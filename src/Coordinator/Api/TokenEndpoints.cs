using Orchestrator.Coordinator.Access;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Api;

/// <summary>Tokens and the audit log, under /api/v1, for operators (docs/security.md).</summary>
public static class TokenEndpoints
{
    private const int MostEntries = 1000;
    private const int LongestName = 100;

    public static void MapTokenEndpoints(this IEndpointRouteBuilder api)
    {
        api.MapPost("/tokens", Create)
            .Needs(TokenScope.Operator)
            .Produces<TokenCreatedView>(StatusCodes.Status201Created)
            .ProducesProblem(StatusCodes.Status400BadRequest);
        api.MapGet("/tokens", (TokenStore tokens) => Results.Ok(new TokenListView([.. tokens.List().Select(t => t.View)])))
            .Needs(TokenScope.Operator)
            .Produces<TokenListView>();
        api.MapDelete(
                "/tokens/{id}",
                (string id, TokenBook tokens) => tokens.Revoke(id) is { } token ? Results.Ok(token.View) : Problems.NoToken(id)
            )
            .Needs(TokenScope.Operator)
            .Produces<TokenView>()
            .ProducesProblem(StatusCodes.Status404NotFound);
        api.MapGet("/audit", Audit).Needs(TokenScope.Operator).Produces<AuditView>().ProducesProblem(StatusCodes.Status400BadRequest);
    }

    private static IResult Create(TokenRequest body, HttpContext context, Caller caller, TokenBook tokens, TimeProvider time)
    {
        var problem =
            body.Name is not { Length: >= 1 and <= LongestName } || body.Name.Any(char.IsControl)
                ? $"name: must be 1 to {LongestName} characters, without control characters."
            : body.User is null || !RunOwner.IsName(body.User) || body.User is RunOwner.Anonymous or Caller.BootstrapId
                ? $"user: {RunOwner.NameRule}, and neither {RunOwner.Anonymous} nor {Caller.BootstrapId}."
            : !Enum.IsDefined(body.Scope) ? "scope: must be viewer, researcher or operator."
            : body.Projects?.FirstOrDefault(p => p is null || !RunOwner.IsName(p)) is not null || body.Projects?.Contains(null!) == true
                ? $"projects: each {RunOwner.NameRule}."
            : body.ExpiresAt <= time.GetUtcNow() ? "expiresAt: has passed."
            : null;
        if (problem is not null)
        {
            return Problems.BadToken(problem);
        }

        var (secret, token) = tokens.Create(body, caller.User);
        context.Features.Get<AuditSubject>()!.Name = token.Id;
        // No copy of the secret in a cache on the way.
        context.Response.Headers.CacheControl = "no-store";
        return Results.Created($"/api/v1/tokens/{token.Id}", new TokenCreatedView(secret.Write(), token.View));
    }

    private static IResult Audit(AuditLog log, long from = 1, int limit = MostEntries)
    {
        if (from < 1 || limit is < 1 or > MostEntries)
        {
            return Problems.BadQuery($"from is a sequence from 1 on, limit is 1 to {MostEntries}.");
        }

        var found = log.Read(from, limit);
        return Results.Ok(new AuditView(found, found.Count == limit ? found[^1].Sequence + 1 : null));
    }
}
