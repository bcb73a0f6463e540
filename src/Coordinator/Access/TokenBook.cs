using System.Collections.Concurrent;
using System.Data.Common;
using Orchestrator.Coordinator.Settings;
using Orchestrator.Shared.Api;

namespace Orchestrator.Coordinator.Access;

/// <summary>
/// Finds whom a request's token stands for. What the database said counts for five seconds: so long another coordinator may still take a token that was
/// revoked at this one. Thread safe.
/// </summary>
public sealed partial class TokenBook(TokenStore store, CoordinatorOptions options, TimeProvider time, ILogger<TokenBook> log)
{
    /// <summary>How long a revoked token may still be taken by another coordinator.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromSeconds(5);

    private const string Scheme = "Bearer ";
    private const int MostRemembered = 10_000;

    private readonly ConcurrentDictionary<string, (AccessToken Token, long At)> remembered = new(StringComparer.Ordinal);
    private readonly string? bootstrapSha256 = options.Http.ReadBootstrapToken() is { } token ? TokenSecret.Hash(token) : null;

    /// <param name="authorization">The header; empty without one.</param>
    /// <returns>The caller, or why there is none, in words that tell nothing to who does not know the secret.</returns>
    /// <exception cref="DbException">The database does not answer.</exception>
    public (Caller? Caller, string? Problem) Identify(string authorization)
    {
        if (authorization.Length == 0)
        {
            return (null, null);
        }

        if (!authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return (null, "Authorization has to be: Bearer TOKEN.");
        }

        var text = authorization[Scheme.Length..].Trim();
        if (bootstrapSha256 is not null && TokenSecret.Same(TokenSecret.Hash(text), bootstrapSha256))
        {
            return (Caller.Bootstrap, null);
        }

        // Of an id that is not there a hash is compared as well: the time tells nothing of which there are.
        var known = TokenSecret.TryParse(text, out var secret) ? Find(secret.Id) : null;
        if (!TokenSecret.Same(secret?.Sha256 ?? TokenSecret.Hash(text), known?.SecretSha256 ?? TokenSecret.Hash("")) || known is null)
        {
            return (null, "The token is not known here.");
        }

        var now = time.GetUtcNow();
        if (known.RevokedAt is { } revoked)
        {
            return (null, $"The token was revoked at {revoked:u}.");
        }

        if (known.ExpiresAt <= now)
        {
            return (null, $"The token has expired at {known.ExpiresAt:u}.");
        }

        Use(known, now);
        return (Caller.Of(known), null);
    }

    public (TokenSecret Secret, AccessToken Token) Create(TokenRequest request, string by)
    {
        var secret = TokenSecret.New();
        var token = new AccessToken(
            secret.Id,
            secret.Sha256,
            request.Name,
            request.User,
            request.Scope,
            [.. request.Projects ?? []],
            time.GetUtcNow(),
            by,
            request.ExpiresAt
        );
        store.Add(token);
        return (secret, token);
    }

    /// <summary>Null when there is none of this id.</summary>
    public AccessToken? Revoke(string id)
    {
        store.Revoke(id, time.GetUtcNow());
        remembered.TryRemove(id, out _);
        return store.Find(id);
    }

    private AccessToken? Find(string id)
    {
        if (remembered.TryGetValue(id, out var found) && time.GetElapsedTime(found.At) < Memory)
        {
            return found.Token;
        }

        // Asked before the database is: what is revoked meanwhile is not remembered as it was before.
        var at = time.GetTimestamp();
        var token = store.Find(id);
        if (token is null)
        {
            remembered.TryRemove(id, out _);
            return null;
        }

        if (remembered.Count >= MostRemembered)
        {
            remembered.Clear();
        }

        remembered[id] = (token, at);
        return token;
    }

    /// <summary>Remembers the hour of its last use: a write an hour, not one a request.</summary>
    private void Use(AccessToken token, DateTimeOffset now)
    {
        var hour = new DateTimeOffset(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerHour), TimeSpan.Zero);
        if (token.LastUsedAt >= hour)
        {
            return;
        }

        if (remembered.TryGetValue(token.Id, out var found))
        {
            remembered[token.Id] = found with { Token = token with { LastUsedAt = hour } };
        }

        try
        {
            store.Use(token.Id, hour);
        }
        catch (DbException e)
        {
            LogUnused(log, token.Id, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "That token {Token} was used cannot be stored: {Error}")]
    private static partial void LogUnused(ILogger logger, string token, string error);
}
