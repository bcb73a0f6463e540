using System.Text.Json;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Hosting;

/// <summary>What coordinator.json of the state folder says: where this coordinator was last reached. A coordinator that starts again takes the same ports, so that workers find it.</summary>
public sealed record RememberedPorts(string HttpUrl, string AkkaAddress, int Pid)
{
    public static RememberedPorts? Read(string stateFolder)
    {
        try
        {
            var path = PathIn(stateFolder);
            return File.Exists(path) ? JsonSerializer.Deserialize<RememberedPorts>(File.ReadAllText(path), RunSpecJson.Options) : null;
        }
        catch (JsonException)
        {
            // Damaged: as if there were none.
            return null;
        }
    }

    /// <summary>The port remembered for a wish of 0, else the wish.</summary>
    public static int Port(int wished, string? rememberedAddress) =>
        wished == 0 && rememberedAddress is not null && Uri.TryCreate(rememberedAddress, UriKind.Absolute, out var uri) ? uri.Port : wished;

    public void Write(string stateFolder)
    {
        var temporary = PathIn(stateFolder) + ".new";
        File.WriteAllText(temporary, JsonSerializer.Serialize(this, RunSpecJson.Options));
        File.Move(temporary, PathIn(stateFolder), overwrite: true);
    }

    private static string PathIn(string stateFolder) => Path.Combine(stateFolder, "coordinator.json");
}
