namespace Orchestrator.Shared.Api;

/// <summary>What a token lets its holder do: each of them what the ones before it may, too.</summary>
public enum TokenScope
{
    /// <summary>Reads everything but tokens and the audit log.</summary>
    Viewer,

    /// <summary>Submits runs, and changes those that are its own.</summary>
    Researcher,

    /// <summary>Everything: every run, workers, tokens, the audit log.</summary>
    Operator,
}

/// <summary>Body of <c>POST /api/v1/tokens</c>.</summary>
/// <param name="Name">What it is for, 1 to 100 characters: <c>alice's laptop</c>.</param>
/// <param name="User">Whose runs it submits and may change: 1–64 of A–Z a–z 0–9 . _ @ -.</param>
/// <param name="Projects">Runs of these, and no others, may be submitted and changed; null or empty: those of the user.</param>
/// <param name="ExpiresAt">From then on it is refused; null: never.</param>
public sealed record TokenRequest(
    string Name,
    string User,
    TokenScope Scope,
    IReadOnlyList<string>? Projects = null,
    DateTimeOffset? ExpiresAt = null
);

/// <summary>A token without what makes it one.</summary>
/// <param name="Id">Names it in lists, logs and the audit log; no secret.</param>
/// <param name="Name">What it is for.</param>
/// <param name="User">Whose runs it submits and may change.</param>
/// <param name="Projects">Runs of these, and no others, may be submitted and changed; empty: those of the user.</param>
/// <param name="ExpiresAt">From then on it is refused; null: never.</param>
/// <param name="RevokedAt">Since then it is refused; null: it was not revoked.</param>
/// <param name="CreatedBy">The user who made it.</param>
/// <param name="LastUsedAt">To the hour; null: never.</param>
public sealed record TokenView(
    string Id,
    string Name,
    string User,
    TokenScope Scope,
    IReadOnlyList<string> Projects,
    DateTimeOffset CreatedAt,
    string CreatedBy,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? RevokedAt,
    DateTimeOffset? LastUsedAt
);

/// <summary>Answer of <c>POST /api/v1/tokens</c>: the only time that <paramref name="Secret"/> is shown.</summary>
/// <param name="Secret">What goes behind <c>Authorization: Bearer</c>.</param>
public sealed record TokenCreatedView(string Secret, TokenView Token);

/// <summary><c>GET /api/v1/tokens</c>: in the order in which they were made; revoked and expired ones, too.</summary>
public sealed record TokenListView(IReadOnlyList<TokenView> Tokens);

/// <summary>A request that was to change something.</summary>
/// <param name="Sequence">From 1 on, in order.</param>
/// <param name="User">Who asked.</param>
/// <param name="Method">HTTP's.</param>
/// <param name="Token">Id of the token; <c>bootstrap</c> and <c>anonymous</c> are none.</param>
/// <param name="Target">The path, without its query.</param>
/// <param name="Subject">What was made, where the path does not say it: a run or a token.</param>
/// <param name="Address">Where it came from.</param>
/// <param name="Status">HTTP's, of the answer.</param>
public sealed record AuditEntryView(
    long Sequence,
    DateTimeOffset At,
    string User,
    string Token,
    string Method,
    string Target,
    string? Subject,
    string Address,
    int Status
);

/// <summary><c>GET /api/v1/audit?from=1&amp;limit=1000</c>: in order.</summary>
/// <param name="Next">What to give as <c>from</c> for those that follow; null: these are the last.</param>
public sealed record AuditView(IReadOnlyList<AuditEntryView> Entries, long? Next);
