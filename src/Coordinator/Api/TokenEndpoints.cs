using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Orchestrator.Coordinator.Access;
using Orchestrator.Coordinator.Api.Reference;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Api;

/// <summary>Tokens and the audit log, under /api/v1, for operators (docs/security.md).</summary>
public static class TokenEndpoints
{
    private const int MostEntries = 1000;
    private const int LongestName = 100;
    private static readonly string EntryRange = $"from is a sequence from 1 on, limit is 1 to {MostEntries}.";

    public static void MapTokenEndpoints(this IEndpointRouteBuilder api)
    {
        api.MapPost("/tokens", Create)
            .Needs(TokenScope.Operator)
            .Operation(ApiTags.Access, "createToken", "Make a token", "The only time that the secret is shown: it is kept as its hash.")
            .Takes(ApiExamples.TokenRequest)
            .Answers(
                new TokenCreatedView($"orch_{ApiExamples.TokenName}_…", ApiExamples.Token with { LastUsedAt = null }),
                "The token and its secret.",
                StatusCodes.Status201Created
            )
            .WithAnswerHeader(StatusCodes.Status201Created, "Location", "The token's address.")
            .Refuses(Problems.BadToken("expiresAt: has passed."));
        api.MapGet("/tokens", (TokenStore tokens) => Results.Ok(new TokenListView([.. tokens.List().Select(t => t.View)])))
            .Needs(TokenScope.Operator)
            .Operation(ApiTags.Access, "listTokens", "List the tokens, without their secrets")
            .Answers(new TokenListView([ApiExamples.Token]), "In the order in which they were made; revoked and expired ones, too.");
        api.MapDelete(
                "/tokens/{id}",
                ([Description("The token's id, which is no secret.")] string id, TokenBook tokens) =>
                    tokens.Revoke(id) is { } token ? Results.Ok(token.View) : Problems.NoToken(id)
            )
            .Needs(TokenScope.Operator)
            .Operation(
                ApiTags.Access,
                "revokeToken",
                "Refuse a token from now on",
                "At once at the coordinator that answers, within 5 s at the others."
            )
            .Answers(ApiExamples.Token with { RevokedAt = ApiExamples.Token.CreatedAt.AddHours(2) }, "The token, revoked.")
            .Refuses(Problems.NoToken(ApiExamples.TokenName));
        api.MapGet("/audit", Audit)
            .Needs(TokenScope.Operator)
            .Operation(
                ApiTags.Access,
                "readAuditLog",
                "Read what was to change something",
                "In order; `next` is the `from` of the following page, while there may be one."
            )
            .Answers(new AuditView([ApiExamples.AuditEntry], null), "Entries, in order.")
            .Refuses(Problems.BadQuery(EntryRange));
    }

    private static IResult Create(TokenRequest body, HttpContext context, Caller caller, TokenBook tokens, TimeProvider time)
    {
        var problem =
            body.Name is not { Length: >= 1 and <= LongestName } || body.Name.Any(char.IsControl)
                ? $"name: must be 1 to {LongestName} characters, without control characters."
            : body.User is null || !RunOwner.IsName(body.User) || body.User is RunOwner.Anonymous or Caller.BootstrapId
                ? $"user: {RunOwner.NameRule}, and neither {RunOwner.Anonymous} nor {Caller.BootstrapId}."
            : !Enum.IsDefined(body.Scope) ? "scope: must be viewer, researcher or operator."
            : body.Projects?.Any(p => p is null || !RunOwner.IsName(p)) == true ? $"projects: each {RunOwner.NameRule}."
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

    private static IResult Audit(
        AuditLog log,
        [Description("The first entry's sequence, from 1 on.")] [Range(1, long.MaxValue)] long from = 1,
        [Description("So many entries at most.")] [Range(1, MostEntries)] int limit = MostEntries
    )
    {
        if (from < 1 || limit is < 1 or > MostEntries)
        {
            return Problems.BadQuery(EntryRange);
        }

        var found = log.Read(from, limit);
        return Results.Ok(new AuditView(found, found.Count == limit ? found[^1].Sequence + 1 : null));
    }
}
