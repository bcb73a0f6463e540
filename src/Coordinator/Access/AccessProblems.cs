using System.Threading.RateLimiting;
using Microsoft.Net.Http.Headers;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Access;

/// <summary>Who is not let in, and why, as problem+json.</summary>
internal static class AccessProblems
{
    /// <param name="problem">What is wrong with the token that came; null: none came.</param>
    public static IResult Unauthorized(HttpResponse response, string? problem)
    {
        response.Headers.WWWAuthenticate = problem is null
            ? "Bearer realm=\"orchestrator\""
            : $"Bearer realm=\"orchestrator\", error=\"invalid_token\", error_description=\"{problem}\"";
        return Results.Problem(
            problem ?? "This coordinator asks for a token: Authorization: Bearer TOKEN (docs/security.md).",
            statusCode: StatusCodes.Status401Unauthorized,
            title: problem is null ? "A token is missing" : "The token does not count"
        );
    }

    public static IResult TooSmall(HttpResponse response, TokenScope has, TokenScope needed)
    {
        response.Headers.WWWAuthenticate =
            $"Bearer realm=\"orchestrator\", error=\"insufficient_scope\", scope=\"{SpecWords.Word(needed)}\"";
        return Results.Problem(
            $"This takes a token of scope {SpecWords.Word(needed)}; this one is of scope {SpecWords.Word(has)}.",
            statusCode: StatusCodes.Status403Forbidden,
            title: "The token's scope does not reach so far"
        );
    }

    /// <param name="problem">Of which project or user the run is, and of which the token.</param>
    public static IResult OfAnother(string problem) =>
        Results.Problem(problem, statusCode: StatusCodes.Status403Forbidden, title: "Another project's or user's");

    public static IResult FromElsewhere(string problem) =>
        Results.Problem(problem, statusCode: StatusCodes.Status403Forbidden, title: "Not from this page or by this name");

    public static IResult Unknowable() =>
        Results.Problem(
            "Tokens cannot be looked up: the database does not answer. Try again.",
            statusCode: StatusCodes.Status503ServiceUnavailable,
            title: "Not ready"
        );

    /// <param name="refused">Says after how long.</param>
    public static IResult TooMany(HttpResponse response, RateLimitLease refused, string who)
    {
        var wait = refused.TryGetMetadata(MetadataName.RetryAfter, out var least) ? least : TimeSpan.Zero;
        return TooMany(response, (long)Math.Max(1, Math.Ceiling(wait.TotalSeconds)), who);
    }

    public static IResult TooMany(HttpResponse response, long seconds, string who)
    {
        response.Headers[HeaderNames.RetryAfter] = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return Results.Problem(
            $"Too many requests of {who}: again in {seconds} s.",
            statusCode: StatusCodes.Status429TooManyRequests,
            title: "Too many requests"
        );
    }
}
