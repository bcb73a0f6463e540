using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Access;

/// <summary>Who asks.</summary>
/// <param name="Token">Id of the token, or <see cref="BootstrapId"/>, or <see cref="AnonymousId"/>.</param>
/// <param name="Projects">Empty: not by projects but by user.</param>
public sealed record Caller(string Token, string User, TokenScope Scope, IReadOnlyList<string> Projects)
{
    public const string AnonymousId = RunOwner.Anonymous;
    public const string BootstrapId = "bootstrap";

    /// <summary>Where no tokens are asked for: may do everything.</summary>
    public static Caller Anonymous { get; } = new(AnonymousId, AnonymousId, TokenScope.Operator, []);

    /// <summary>The token of the settings.</summary>
    public static Caller Bootstrap { get; } = new(BootstrapId, BootstrapId, TokenScope.Operator, []);

    public bool IsAnonymous => Token == AnonymousId;

    public static Caller Of(AccessToken token) => new(token.Id, token.User, token.Scope, token.Projects);

    /// <summary>A request without one came past the middleware: nobody.</summary>
    public static ValueTask<Caller> BindAsync(HttpContext context) =>
        ValueTask.FromResult(context.Features.Get<Caller>() ?? throw new InvalidOperationException("Nobody has asked who this is."));

    /// <summary>In whose name the caller acts: who has proved one goes by that.</summary>
    /// <param name="named">As the request says; null: nobody in particular.</param>
    /// <returns>Null: that is no name.</returns>
    public string? Acts(string? named) =>
        !IsAnonymous ? User
        : named is null ? RunOwner.Anonymous
        : RunOwner.IsName(named) ? named
        : null;

    /// <summary>Why this run may not be changed, in words; null: it may.</summary>
    public string? MayNotChange(RunState run) => MayNotChange($"Run {run.Run}", run.Owner);

    /// <summary>Why this may not be changed, in words; null: it may.</summary>
    /// <param name="what">What it is, at the beginning of a sentence.</param>
    public string? MayNotChange(string what, RunOwner owner) =>
        Scope == TokenScope.Operator ? null
        : Projects.Count > 0
            ? Projects.Contains(owner.Project, StringComparer.Ordinal) ? null
                : $"{what} is of project {owner.Project}; this token is for {string.Join(", ", Projects)}."
        : owner.User == User ? null
        : $"{what} is of user {owner.User}, this token of {User}: it takes that user's, one for project {owner.Project}, or an operator's.";

    /// <summary>Why no run of this project may be submitted, in words; null: it may.</summary>
    public string? MayNotSubmit(string project)
    {
        IReadOnlyList<string> may = Projects.Count > 0 ? Projects : [RunSpec.DefaultProject];
        return Scope == TokenScope.Operator || may.Contains(project, StringComparer.Ordinal)
            ? null
            : $"The spec's project is {project}; this token is for {string.Join(", ", may)}.";
    }
}
