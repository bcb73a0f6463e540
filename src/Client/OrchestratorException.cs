using System.Net;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Client;

/// <summary>A request that did not succeed, after whatever attempts were safe.</summary>
public abstract class OrchestratorException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>
    /// Of a request that must not be carried out twice, and so was not sent again: whether a coordinator may have carried it out all the same. False of all others:
    /// these may be sent again.
    /// </summary>
    public bool MayBeDone { get; internal init; }
}

/// <summary>A coordinator answered that it does not do what was asked for, and why (RFC 9457).</summary>
public sealed class ProblemException : OrchestratorException
{
    internal ProblemException(Uri server, HttpStatusCode status, string? reason, ProblemView? problem, TimeSpan? retryAfter)
        : base(problem?.Detail ?? problem?.Title ?? $"{server} answered {(int)status} {reason}")
    {
        (Server, Status, Problem, RetryAfter) = (server, status, problem, retryAfter);
    }

    /// <summary>Who answered.</summary>
    public Uri Server { get; }
    public HttpStatusCode Status { get; }

    /// <summary>As it came; null when a gateway answered, and not a coordinator.</summary>
    public ProblemView? Problem { get; }

    /// <summary>The kind of problem, the same each time: <c>No such run</c>.</summary>
    public string? Title => Problem?.Title;

    /// <summary>What is wrong this time, and what would be right.</summary>
    public string? Detail => Problem?.Detail;

    /// <summary>Of a spec: everything that is wrong with it; empty otherwise.</summary>
    public IReadOnlyList<SpecError> Errors => Problem?.Errors ?? [];

    /// <summary>After how long to ask again, where the coordinator says so (429).</summary>
    public TimeSpan? RetryAfter { get; }
}

/// <summary>No coordinator answers.</summary>
public sealed class NoCoordinatorException : OrchestratorException
{
    /// <param name="servers">Who was asked.</param>
    /// <param name="cause">What came instead of an answer.</param>
    public NoCoordinatorException(IReadOnlyList<Uri> servers, string cause, Exception? inner = null)
        : base($"cannot reach a coordinator at {string.Join(" or ", servers)}", inner)
    {
        (Servers, Cause) = (servers, cause);
    }

    public IReadOnlyList<Uri> Servers { get; }

    /// <summary>What the last of them gave instead of an answer: <c>Connection refused</c>.</summary>
    public string Cause { get; }
}

/// <summary>Something answered that is no coordinator of this version.</summary>
public sealed class ForeignAnswerException : OrchestratorException
{
    internal ForeignAnswerException(Uri server, Exception inner)
        : base($"{server} answered what is no answer of a coordinator's API", inner)
    {
        Server = server;
    }

    public Uri Server { get; }
}
