namespace Orchestrator.Protocol.Tests;

/// <summary>How much is explored: what fits into every run of the tests, or, with PROTOCOL_MODEL=large in the environment, hours of it.</summary>
internal static class ModelSize
{
    public static bool IsLarge { get; } = Environment.GetEnvironmentVariable("PROTOCOL_MODEL") == "large";
}
