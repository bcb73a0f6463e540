using System.Security.Cryptography;

namespace Orchestrator.Pretraining.Evaluation;

/// <summary>A file that a card speaks of.</summary>
/// <param name="Name">In the artifact folder.</param>
/// <param name="Content">What is in it, in words.</param>
/// <param name="Sha256">Of its bytes, lower-case hex.</param>
public sealed record ModelFile(string Name, string Content, string Sha256)
{
    /// <summary>Of a file that is written.</summary>
    public static ModelFile Of(string folder, string name, string content)
    {
        using var stream = File.OpenRead(Path.Combine(folder, name));
        return new ModelFile(name, content, Convert.ToHexStringLower(SHA256.HashData(stream)));
    }
}
