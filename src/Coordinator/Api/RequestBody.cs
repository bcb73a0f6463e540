using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Api;

/// <summary>A document that a client sent.</summary>
internal static class RequestBody
{
    /// <summary>Null when it is longer than a spec may be.</summary>
    public static async Task<byte[]?> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        var buffer = new byte[RunSpecParser.MaxLength + 1];
        var length = await request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        return length > RunSpecParser.MaxLength ? null : buffer[..length];
    }
}
