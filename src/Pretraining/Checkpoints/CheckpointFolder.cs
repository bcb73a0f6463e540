using System.Security.Cryptography;
using System.Text.Json;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Checkpoints;

/// <summary>
/// A checkpoint is a folder: one safetensors file a slot, then <c>manifest.json</c> with every file's hash. It is written under a temporary
/// name, flushed to disk, and renamed: a folder under its final name with a manifest is whole, and an existing one is never written again.
/// </summary>
public static class CheckpointFolder
{
    private const int Format = 1;
    private const string ManifestName = "manifest.json";
    private const string Unfinished = ".writing";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web) { WriteIndented = true };

    /// <summary>Writes a state that nobody changes meanwhile.</summary>
    /// <param name="partWritten">Called after each slot's file.</param>
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
            var files = new List<CheckpointFile>();
            foreach (var slot in snapshot.Slots)
            {
                files.Add(WriteSlot(temporary, slot));
                partWritten?.Invoke();
            }

            var manifest = new CheckpointManifest(
                Format,
                run,
                token,
                snapshot.Step,
                snapshot.Generation,
                snapshot.Sha256(),
                snapshot.WeightsSha256(),
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

    /// <summary>Reads a checkpoint whole into a state of the same shape; the state is changed only once everything is verified.</summary>
    /// <exception cref="CheckpointException">Names the file and what is wrong with it.</exception>
    public static CheckpointManifest Read(string storageRoot, string relativePath, TrainingState into)
    {
        var manifest = Verify(storageRoot, relativePath);
        var folder = Inside(storageRoot, relativePath);
        using var spare = into.CreateLike();
        foreach (var slot in spare.Slots)
        {
            var file =
                manifest.Files.SingleOrDefault(f => f.Slot == slot.Name)
                ?? throw new CheckpointException(
                    $"Checkpoint {relativePath} has no slot {slot.Name}; it has {string.Join(", ", manifest.Files.Select(f => f.Slot))}."
                );
            ReadSlot(Path.Combine(folder, file.Name), slot);
        }

        spare.SetStep(manifest.Step, manifest.StateGeneration);
        if (spare.Sha256() != manifest.Digest)
        {
            throw new CheckpointException(
                $"Checkpoint {relativePath}: the state's digest is {spare.Sha256()}, its manifest says {manifest.Digest}."
            );
        }

        into.CopyFrom(spare);
        return manifest;
    }

    /// <summary>Proves that every file is there with its length and hash.</summary>
    /// <exception cref="CheckpointException">Names the file and what is wrong with it.</exception>
    public static CheckpointManifest Verify(string storageRoot, string relativePath)
    {
        var folder = Inside(storageRoot, relativePath);
        var manifest = ReadManifest(folder, relativePath);
        foreach (var file in manifest.Files)
        {
            var path = Path.Combine(folder, Path.GetFileName(file.Name));
            if (!File.Exists(path))
            {
                throw new CheckpointException($"{path}: the file of slot {file.Slot} is missing.");
            }

            if (new FileInfo(path).Length != file.Bytes)
            {
                throw new CheckpointException($"{path}: has {new FileInfo(path).Length} bytes, its manifest says {file.Bytes}.");
            }

            if (HashOf(path) is var hash && hash != file.Sha256)
            {
                throw new CheckpointException($"{path}: SHA-256 is {hash}, its manifest says {file.Sha256}.");
            }
        }

        return manifest;
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

    private static CheckpointManifest ReadManifest(string folder, string relativePath)
    {
        try
        {
            var manifest = JsonSerializer.Deserialize<CheckpointManifest>(File.ReadAllBytes(Path.Combine(folder, ManifestName)), Json);
            return manifest is { Format: Format, Files.Count: > 0 }
                ? manifest
                : throw new CheckpointException(
                    $"Checkpoint {relativePath}: {ManifestName} is of format {manifest?.Format}, this program reads {Format}."
                );
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"Checkpoint {relativePath}: {ManifestName} cannot be read: {e.Message}", e);
        }
    }

    private static CheckpointFile WriteSlot(string folder, StateSlot slot)
    {
        var name = slot.Name + ".safetensors";
        var path = Path.Combine(folder, name);
        SafetensorsFile.Write(
            path,
            slot.Layout.Segments.Select(s => new NamedFloats(s.Name, s.Shape, slot.Flat[s].ToArray())),
            new Dictionary<string, string>(StringComparer.Ordinal) { ["slot"] = slot.Name }
        );
        return new CheckpointFile(name, slot.Name, new FileInfo(path).Length, HashOf(path));
    }

    private static void ReadSlot(string path, StateSlot slot)
    {
        using var file = SafetensorsFile.Read(path);
        foreach (var segment in slot.Layout.Segments)
        {
            var entry =
                file.Entries.SingleOrDefault(e => e.Name == segment.Name)
                ?? throw new CheckpointException($"{path}: tensor {segment.Name} is missing.");
            if (!entry.Shape.SequenceEqual(segment.Shape))
            {
                throw new CheckpointException(
                    $"{path}: tensor {segment.Name} has shape [{string.Join(", ", entry.Shape)}], the spec's network needs [{string.Join(", ", segment.Shape)}]."
                );
            }

            entry.ReadFloats().CopyTo(slot.Flat[segment]);
        }
    }

    private static string Inside(string storageRoot, string relativePath)
    {
        var root = Path.GetFullPath(storageRoot);
        var path = Path.GetFullPath(Path.Combine(root, relativePath));
        return path.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? path
            : throw new CheckpointException($"Checkpoint path {relativePath} leaves the storage root.");
    }

    private static string HashOf(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
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
