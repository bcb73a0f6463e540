using System.Text;
using Orchestrator.Client;

namespace Orchestrator.Cli.Api;

/// <summary>An artifact that is text.</summary>
public static class ArtifactText
{
    public static async Task<string> ReadAsync(OrchestratorClient client, string run, string name, CancellationToken cancellation)
    {
        using var memory = new MemoryStream();
        await client.DownloadRunArtifactAsync(run, name, memory, cancellation);
        return Encoding.UTF8.GetString(memory.ToArray());
    }
}
