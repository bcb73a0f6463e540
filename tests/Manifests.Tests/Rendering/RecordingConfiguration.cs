using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;

namespace Orchestrator.Manifests.Tests.Rendering;

/// <summary>Remembers which settings a program asks for.</summary>
internal sealed class RecordingConfiguration(IConfiguration settings) : IConfiguration
{
    private readonly HashSet<string> asked = new(StringComparer.OrdinalIgnoreCase);

    public string? this[string key]
    {
        get
        {
            asked.Add(key);
            return settings[key];
        }
        set => throw new NotSupportedException();
    }

    /// <summary>Whether it was asked for, or what it is part of.</summary>
    public bool WasAsked(string key) => asked.Any(a => key == a || key.StartsWith($"{a}:", StringComparison.OrdinalIgnoreCase));

    public IConfigurationSection GetSection(string key)
    {
        asked.Add(key);
        return settings.GetSection(key);
    }

    public IEnumerable<IConfigurationSection> GetChildren() => settings.GetChildren();

    public IChangeToken GetReloadToken() => settings.GetReloadToken();
}
