using System.Security.Cryptography;
using System.Text.Json;
using Orchestrator.Pretraining.Training;

namespace Orchestrator.Pretraining.Checkpoints;

/// <summary>Reading proves: nothing of a checkpoint is used that is not what its manifest says.</summary>
public static partial class CheckpointFolder
{
    /// <summary>Reads a checkpoint whole into a state of the same shape; the state is changed only once everything is verified.</summary>
    /// <exception cref="CheckpointException">Names the file and what is wrong with it.</exception>
    public static CheckpointManifest Read(string storageRoot, string relativePath, TrainingState into)
    {
        using var spare = into.CreateLike();
        var manifest = ReadSpare(storageRoot, relativePath, spare);
        into.CopyFrom(spare);
        return manifest;
    }

    /// <summary>Reads a checkpoint whole into a spare of the state's shape, and proves every file, and by them the state.</summary>
    /// <param name="spare">Holds anything after an exception.</param>
    /// <exception cref="CheckpointException">Names the file and what is wrong with it.</exception>
    public static CheckpointManifest ReadSpare(string storageRoot, string relativePath, TrainingState spare)
    {
        var folder = Inside(storageRoot, relativePath);
        var manifest = ReadManifest(folder, relativePath);
        foreach (var file in manifest.Files)
        {
            CheckLength(folder, file);
        }

        var files = spare
            .Slots.Select(slot =>
                manifest.Files.SingleOrDefault(f => f.Slot == slot.Name)
                ?? throw new CheckpointException(
                    $"Checkpoint {relativePath} has no slot {slot.Name}; it has {string.Join(", ", manifest.Files.Select(f => f.Slot))}."
                )
            )
            .ToList();
        SideBySide.Run([
            .. spare
                .Slots.Zip(files)
                .Select<(StateSlot Slot, CheckpointFile File), Action>(one =>
                    () => ReadSlot(PathOf(folder, one.File), one.File.Sha256, one.Slot)
                ),
        ]);
        spare.SetStep(manifest.Step, manifest.StateGeneration);
        return manifest;
    }

    /// <summary>Proves that every file is there with its length and hash, and that these are the state's.</summary>
    /// <exception cref="CheckpointException">Names the file and what is wrong with it.</exception>
    public static CheckpointManifest Verify(string storageRoot, string relativePath)
    {
        var folder = Inside(storageRoot, relativePath);
        var manifest = ReadManifest(folder, relativePath);
        foreach (var file in manifest.Files)
        {
            CheckLength(folder, file);
        }

        SideBySide.Run([.. manifest.Files.Select<CheckpointFile, Action>(file => () => CheckHash(PathOf(folder, file), file.Sha256))]);
        return manifest;
    }

    private static CheckpointManifest ReadManifest(string folder, string relativePath)
    {
        try
        {
            var manifest = JsonSerializer.Deserialize<CheckpointManifest>(File.ReadAllBytes(Path.Combine(folder, ManifestName)), Json);
            if (manifest is not { Format: Format, Files.Count: > 0 })
            {
                throw new CheckpointException(
                    $"Checkpoint {relativePath}: {ManifestName} is of format {manifest?.Format}, this program reads {Format}."
                );
            }

            return DigestOf(manifest.Step, manifest.Files) is var digest && digest == manifest.Digest
                ? manifest
                : throw new CheckpointException(
                    $"Checkpoint {relativePath}: {ManifestName} says that the state's digest is {manifest.Digest}, by its files' it is {digest}."
                );
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"Checkpoint {relativePath}: {ManifestName} cannot be read: {e.Message}", e);
        }
    }

    private static void ReadSlot(string path, string sha256, StateSlot slot)
    {
        try
        {
            using var file = SafetensorsFile.Read(path);
            Match(path, file, slot);
            var places = slot.Layout.Segments.ToDictionary(segment => segment.Name, StringComparer.Ordinal);
            if (file.ReadAll(entry => slot.Flat[places[entry.Name]]) is var hash && hash != sha256)
            {
                throw WrongHash(path, hash, sha256);
            }
        }
        catch (CheckpointException e) when (e.InnerException is not (IOException or UnauthorizedAccessException))
        {
            // What makes no sense most likely is not what was written.
            CheckHash(path, sha256);
            throw;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The file has the slot's tensors in the slot's shapes, and no others.</summary>
    private static void Match(string path, SafetensorsFile file, StateSlot slot)
    {
        foreach (var segment in slot.Layout.Segments)
        {
            var entry =
                file.Entries.SingleOrDefault(e => e.Name == segment.Name)
                ?? throw new CheckpointException($"{path}: tensor {segment.Name} is missing.");
            if (entry.DType != "F32" || !entry.Shape.SequenceEqual(segment.Shape))
            {
                throw new CheckpointException(
                    $"{path}: tensor {segment.Name} is {entry.DType} of shape [{string.Join(", ", entry.Shape)}], the spec's network needs F32 of [{string.Join(", ", segment.Shape)}]."
                );
            }
        }

        if (file.Entries.Count != slot.Layout.Segments.Count)
        {
            var known = slot.Layout.Segments.Select(s => s.Name).ToHashSet(StringComparer.Ordinal);
            throw new CheckpointException(
                $"{path}: the spec's network has no tensor {file.Entries.First(e => !known.Contains(e.Name)).Name}."
            );
        }
    }

    private static void CheckLength(string folder, CheckpointFile file)
    {
        var path = PathOf(folder, file);
        if (!File.Exists(path))
        {
            throw new CheckpointException($"{path}: the file of slot {file.Slot} is missing.");
        }

        if (new FileInfo(path).Length is var length && length != file.Bytes)
        {
            throw new CheckpointException($"{path}: has {length} bytes, its manifest says {file.Bytes}.");
        }
    }

    private static void CheckHash(string path, string sha256)
    {
        using var stream = File.OpenRead(path);
        if (Convert.ToHexStringLower(SHA256.HashData(stream)) is var hash && hash != sha256)
        {
            throw WrongHash(path, hash, sha256);
        }
    }

    private static CheckpointException WrongHash(string path, string hash, string expected) =>
        new($"{path}: SHA-256 is {hash}, its manifest says {expected}.");

    private static string PathOf(string folder, CheckpointFile file) => Path.Combine(folder, Path.GetFileName(file.Name));
}
