using System.Security.Cryptography;
using System.Text.Json;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Checkpoints;

/// <summary>
/// A checkpoint is a folder: one safetensors file a slot, then <c>manifest.json</c> with every file's hash. It is written under a temporary
/// name, flushed to disk, and renamed: a folder under its final name with a manifest is whole, and an existing one is never written again.
/// </summary>
public static partial class CheckpointFolder
{
    private const int Format = 2;
    private const string ManifestName = "manifest.json";
    private const string Unfinished = ".writing";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web) { WriteIndented = true };

    /// <summary>Writes a state that nobody changes meanwhile.</summary>
    /// <param name="partWritten">Called after each slot's file, on any thread.</param>
    /// <returns>The manifest, and the SHA-256 of its file.</returns>
    /// <exception cref="CheckpointException">The path exists, or cannot be written; nothing is left behind.</exception>
    public static (CheckpointManifest Manifest, string ManifestSha256) Write(
        string storageRoot,
        string relativePath,
        TrainingState snapshot,
        RunSpec spec,
        string run,
        long token,
        Action? partWritten = null
    )
    {
        var final = Inside(storageRoot, relativePath);
        var temporary = final + Unfinished;
        try
        {
            if (Directory.Exists(final))
            {
                throw new CheckpointException($"Checkpoint {relativePath} exists: a checkpoint's name is written once.");
            }

            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }

            Directory.CreateDirectory(temporary);
            var files = new CheckpointFile[snapshot.Slots.Count];
            SideBySide.Run([
                .. snapshot.Slots.Select<StateSlot, Action>(
                    (slot, i) =>
                        () =>
                        {
                            files[i] = WriteSlot(temporary, slot);
                            partWritten?.Invoke();
                        }
                ),
            ]);
            var manifest = new CheckpointManifest(
                Format,
                run,
                token,
                snapshot.Step,
                snapshot.Generation,
                DigestOf(snapshot.Step, files),
                files[0].Sha256,
                RunSpecJson.Hash(spec),
                files
            );
            var bytes = JsonSerializer.SerializeToUtf8Bytes(manifest, Json);
            WriteWhole(Path.Combine(temporary, ManifestName), bytes);
            DirectorySync.Flush(temporary);
            Directory.Move(temporary, final);
            DirectorySync.Flush(Path.GetDirectoryName(final)!);
            return (manifest, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            throw new CheckpointException($"Checkpoint {relativePath} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Deletes a checkpoint that is refused or superseded; absent is fine.</summary>
    public static void Delete(string storageRoot, string relativePath)
    {
        var folder = Inside(storageRoot, relativePath);
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Deletes what writers that were killed have left half written. One that is still at it fails, and leaves nothing behind.</summary>
    /// <param name="relativeFolder">Holds the checkpoints; may be absent.</param>
    /// <param name="which">Told the name that each would have had.</param>
    /// <returns>The names of those that are gone.</returns>
    /// <exception cref="IOException">Storage refuses.</exception>
    public static IReadOnlyList<string> DeleteUnfinished(string storageRoot, string relativeFolder, Func<string, bool> which)
    {
        var folder = Inside(storageRoot, relativeFolder);
        var found = Directory.Exists(folder)
            ? Directory
                .EnumerateDirectories(folder, "*" + Unfinished)
                .Select(path => Path.GetFileName(path)[..^Unfinished.Length])
                .Where(which)
                .Order(StringComparer.Ordinal)
                .ToArray()
            : [];
        foreach (var name in found)
        {
            try
            {
                Directory.Delete(Path.Combine(folder, name + Unfinished), recursive: true);
            }
            catch (DirectoryNotFoundException)
            {
                // Another worker deletes the same, or its writer has finished it.
            }
        }

        return found;
    }

    /// <summary>Path of a slot's safetensors file.</summary>
    public static string SlotPath(string storageRoot, string relativePath, string slot) =>
        Path.Combine(Inside(storageRoot, relativePath), slot + ".safetensors");

    private static CheckpointFile WriteSlot(string folder, StateSlot slot)
    {
        var name = slot.Name + ".safetensors";
        var path = Path.Combine(folder, name);
        var sha256 = StateDigest.Write(path, slot);
        return new CheckpointFile(name, slot.Name, new FileInfo(path).Length, sha256);
    }

    private static string DigestOf(long step, IEnumerable<CheckpointFile> files) =>
        StateDigest.Of(step, files.Select(file => (file.Slot, file.Sha256)));

    private static string Inside(string storageRoot, string relativePath)
    {
        var root = Path.GetFullPath(storageRoot);
        var path = Path.GetFullPath(Path.Combine(root, relativePath));
        return path.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? path
            : throw new CheckpointException($"Checkpoint path {relativePath} leaves the storage root.");
    }

    private static void WriteWhole(string path, byte[] bytes)
    {
        using var stream = new FileStream(path, FileMode.CreateNew);
        stream.Write(bytes);
        stream.Flush(flushToDisk: true);
    }

    private static void TryDelete(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (IOException)
        {
            // The disk that refused the checkpoint refuses this too; the name is temporary and is cleared by the next writer of that name.
        }
    }
}
