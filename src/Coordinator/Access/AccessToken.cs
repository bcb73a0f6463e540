using Orchestrator.Shared.Api;

namespace Orchestrator.Coordinator.Access;

/// <summary>A token as it is stored: everything but its secret.</summary>
/// <param name="SecretSha256">Of the secret's characters, lower-case hex.</param>
public sealed record AccessToken(
    string Id,
    string SecretSha256,
    string Name,
    string User,
    TokenScope Scope,
    IReadOnlyList<string> Projects,
    DateTimeOffset CreatedAt,
    string CreatedBy,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? RevokedAt = null,
    DateTimeOffset? LastUsedAt = null
)
{
    public TokenView View => new(Id, Name, User, Scope, Projects, CreatedAt, CreatedBy, ExpiresAt, RevokedAt, LastUsedAt);
}
