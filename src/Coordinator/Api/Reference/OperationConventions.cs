using Microsoft.AspNetCore.Http.HttpResults;

namespace Orchestrator.Coordinator.Api.Reference;

/// <summary>
/// How an endpoint says, where it is mapped, what stands of it in the reference. What every address under /api/v1 may answer (redirect of a stand-by, 401, 403,
/// 429, 503, no such run, a body too long) is added by itself.
/// </summary>
public static class OperationConventions
{
    public const string Problem = "application/problem+json";
    public const string Json = "application/json";
    public const string Text = "text/plain";

    /// <param name="tag">One of <see cref="ApiTags"/>.</param>
    /// <param name="id">operationId, camelCase: clients name their method by it.</param>
    /// <param name="summary">One line, without a dot.</param>
    /// <param name="description">What more there is to know, Markdown.</param>
    public static TBuilder Operation<TBuilder>(this TBuilder builder, string tag, string id, string summary, string? description = null)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.WithTags(tag).WithName(id).WithSummary(summary);
        if (description is not null)
        {
            builder.WithDescription(description);
        }

        builder.Finally(endpoint => StandardRefusals.Add((RouteEndpointBuilder)endpoint));
        return builder;
    }

    /// <param name="example">What it answers, JSON.</param>
    /// <param name="when">What it means that it answers so.</param>
    public static TBuilder Answers<TBuilder, T>(this TBuilder builder, T example, string when, int status = StatusCodes.Status200OK)
        where TBuilder : IEndpointConventionBuilder
        where T : notnull => builder.Answers(status, when, typeof(T), [Json], example);

    /// <param name="example">What it answers, as it is.</param>
    /// <param name="mediaTypes">The first is the example's.</param>
    public static TBuilder AnswersText<TBuilder>(
        this TBuilder builder,
        string example,
        string when,
        int status = StatusCodes.Status200OK,
        params string[] mediaTypes
    )
        where TBuilder : IEndpointConventionBuilder =>
        builder.Answers(status, when, typeof(string), mediaTypes.Length > 0 ? mediaTypes : [Text], example);

    /// <summary>Bytes, which have no example.</summary>
    public static TBuilder AnswersBytes<TBuilder>(this TBuilder builder, string when, int status, params string[] mediaTypes)
        where TBuilder : IEndpointConventionBuilder => builder.Answers(status, when, typeof(Stream), mediaTypes, null);

    public static TBuilder WithAnswerHeader<TBuilder>(this TBuilder builder, int status, string name, string description)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new AnswerHeader(status, name, description));

    /// <param name="problems">As the code makes them; several of one status are several examples.</param>
    public static TBuilder Refuses<TBuilder>(this TBuilder builder, params IResult[] problems)
        where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata([
            .. problems.Select(p => new RefusalExample((ProblemHttpResult)p, new Dictionary<string, string>(StringComparer.Ordinal))),
        ]);

    /// <summary>A body in JSON, which the endpoint binds.</summary>
    public static TBuilder Takes<TBuilder>(this TBuilder builder, object example)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new BodyExample(example));

    /// <summary>A document in YAML or JSON, whatever its content type says, at most 64 KiB.</summary>
    /// <param name="description">Which, and where its keys are described.</param>
    /// <param name="yaml">As a person would write it.</param>
    /// <param name="resolved">What its parser makes of it.</param>
    public static TBuilder TakesDocument<TBuilder>(this TBuilder builder, string description, string yaml, object resolved)
        where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new DocumentBody(resolved.GetType(), description, yaml, resolved));

    private static TBuilder Answers<TBuilder>(
        this TBuilder builder,
        int status,
        string when,
        Type type,
        string[] mediaTypes,
        object? example
    )
        where TBuilder : IEndpointConventionBuilder
    {
        builder.WithMetadata(new ProducesResponseTypeMetadata(status, type, mediaTypes) { Description = when });
        return example is null ? builder : builder.WithMetadata(new AnswerExample(status, mediaTypes[0], example));
    }
}
