using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Orchestrator.Pretraining.Training;

namespace Orchestrator.Pretraining.Checkpoints;

/// <summary>
/// What the bits of a state are told apart by. A slot's digest is the SHA-256 of its safetensors file, written or not; the state's is the
/// SHA-256 of the lines <c>step N</c> and, in ordinal order of the slots, <c>SLOT SHA256</c>, each ended by a line feed. So <c>sha256sum</c>
/// takes them too, a checkpoint's bytes are hashed once, and a state's slots side by side.
/// </summary>
public static class StateDigest
{
    /// <summary>stateSha256, lower-case hex.</summary>
    /// <param name="step">Completed steps.</param>
    /// <param name="slots">Every slot's name and digest, in any order.</param>
    public static string Of(long step, IEnumerable<(string Slot, string Sha256)> slots)
    {
        var lines = new StringBuilder();
        lines.Append(CultureInfo.InvariantCulture, $"step {step}\n");
        foreach (var (slot, sha256) in slots.OrderBy(s => s.Slot, StringComparer.Ordinal))
        {
            lines.Append(CultureInfo.InvariantCulture, $"{slot} {sha256}\n");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines.ToString())));
    }

    /// <summary>A slot's, lower-case hex.</summary>
    public static string OfSlot(StateSlot slot) => SafetensorsFile.Sha256(Tensors(slot), Metadata(slot));

    /// <summary>Writes a slot's file.</summary>
    /// <returns>The slot's digest, lower-case hex.</returns>
    /// <exception cref="IOException">The disk refuses; nothing is left behind.</exception>
    internal static string Write(string path, StateSlot slot) => SafetensorsFile.Write(path, Tensors(slot), Metadata(slot));

    private static IEnumerable<NamedFloats> Tensors(StateSlot slot) =>
        slot.Layout.Segments.Select(s => new NamedFloats(s.Name, s.Shape, slot.Flat.Memory(s)));

    private static Dictionary<string, string> Metadata(StateSlot slot) => new(StringComparer.Ordinal) { ["slot"] = slot.Name };
}
