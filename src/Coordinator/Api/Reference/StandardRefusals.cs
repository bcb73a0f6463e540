using Microsoft.AspNetCore.Http.HttpResults;
using Orchestrator.Coordinator.Access;
using Orchestrator.Shared.Api;

namespace Orchestrator.Coordinator.Api.Reference;

/// <summary>What middleware answers in an endpoint's stead, and what all endpoints of a kind share; made by the code that answers it.</summary>
internal static class StandardRefusals
{
    /// <summary>To an endpoint whose own metadata are whole.</summary>
    public static void Add(RouteEndpointBuilder endpoint)
    {
        var path = endpoint.RoutePattern.RawText ?? "";
        var method = endpoint.Metadata.OfType<IHttpMethodMetadata>().Last().HttpMethods[0];
        if (path.StartsWith("/api/v1/", StringComparison.Ordinal))
        {
            AddAccess(endpoint.Metadata, method);
            if (path.StartsWith("/api/v1/runs/{id}", StringComparison.Ordinal))
            {
                endpoint.Metadata.Add(Refusal(_ => Problems.NoRun("r-0000000000")));
            }
            else if (path.StartsWith("/api/v1/sweeps/{id}", StringComparison.Ordinal))
            {
                endpoint.Metadata.Add(Refusal(_ => Problems.NoSweep("s-0000000000")));
            }
        }

        // One word for each status, whoever answers it.
        foreach (var answered in endpoint.Metadata.OfType<RefusalExample>().GroupBy(r => r.Problem.StatusCode).ToList())
        {
            var titles = answered.Select(r => r.Problem.ProblemDetails.Title).Distinct(StringComparer.Ordinal);
            endpoint.Metadata.Add(
                new ProducesResponseTypeMetadata(answered.Key, typeof(ProblemView), [OperationConventions.Problem])
                {
                    Description = $"{string.Join("; ", titles)}.",
                }
            );
        }
    }

    private static void AddAccess(IList<object> metadata, string method)
    {
        var needed = ScopeNeeded.Of([.. metadata], method).Scope;
        metadata.Add(
            Refusal(response =>
            {
                response.Headers.Location = "http://10.0.0.5:8080/api/v1/runs";
                return Problems.Elsewhere(new Uri("http://10.0.0.5:8080/"));
            })
        );
        metadata.Add(Refusal(response => AccessProblems.Unauthorized(response, null)));
        metadata.Add(
            needed > TokenScope.Viewer
                ? Refusal(response => AccessProblems.TooSmall(response, TokenScope.Viewer, needed.Value))
                : Refusal(_ =>
                    AccessProblems.FromElsewhere("Without tokens a coordinator on loopback answers to localhost, not to lab.example.")
                )
        );
        metadata.Add(Refusal(response => AccessProblems.TooMany(response, 2, "token 4f2a9c")));
        metadata.Add(Refusal(_ => Problems.NotReady()));
        var takesJson = metadata.OfType<BodyExample>().Any();
        if (takesJson || metadata.OfType<DocumentBody>().Any())
        {
            metadata.Add(Refusal(_ => Problems.TooLong()));
        }

        if (takesJson)
        {
            metadata.Add(Refusal(_ => Results.Problem(statusCode: StatusCodes.Status415UnsupportedMediaType)));
            metadata.Add(Refusal(_ => Results.Problem(statusCode: StatusCodes.Status400BadRequest)));
        }
    }

    private static RefusalExample Refusal(Func<HttpResponse, IResult> answer)
    {
        var response = new DefaultHttpContext().Response;
        var problem = (ProblemHttpResult)answer(response);
        return new RefusalExample(problem, response.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.Ordinal));
    }
}
