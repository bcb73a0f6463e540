using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.Shared.Runs;

/// <summary>The resolved spec as JSON: canonical (fixed order of keys, no spaces), read back by <see cref="RunSpecParser"/> to an equal record.</summary>
public static class RunSpecJson
{
    /// <summary>camelCase keys, kebab-case enum words, nulls left out.</summary>
    public static JsonSerializerOptions Options { get; } =
        new()
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
        };

    public static string Write(RunSpec spec) => JsonSerializer.Serialize(spec, Options);

    /// <summary>SHA-256 of the canonical JSON, lower-case hex: two specs with the same hash train the same run.</summary>
    public static string Hash(RunSpec spec) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Write(spec))));
}
