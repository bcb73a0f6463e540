using System.Security.Cryptography.X509Certificates;

namespace Orchestrator.Client;

/// <summary>How a client speaks to its coordinators.</summary>
public sealed record OrchestratorClientOptions
{
    /// <summary>Sent with every request, as <c>Authorization: Bearer</c>; null: none.</summary>
    public string? Token { get; init; }

    /// <summary>Who may have signed a coordinator's certificate; null: whom this machine trusts. Not of a client over an <see cref="HttpClient"/> of your own.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>Of one attempt, until the answer begins; above 0.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>By whose clock deadlines and pauses go.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
