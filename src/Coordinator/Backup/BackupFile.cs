using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Backup;

/// <summary>A backup to be read: opened, it is known to be whole.</summary>
internal sealed class BackupFile : IDisposable
{
    private static readonly JsonSerializerOptions Whole = new(RunSpecJson.Options)
    {
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    private readonly ZipArchive archive;

    private BackupFile(ZipArchive archive, BackupManifest manifest)
    {
        this.archive = archive;
        Manifest = manifest;
    }

    public BackupManifest Manifest { get; }

    /// <exception cref="BackupException">It is none, is damaged, or of a newer version.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static BackupFile Open(string path)
    {
        ZipArchive? zip = null;
        try
        {
            zip = ZipFile.OpenRead(path);
            var file = new BackupFile(zip, ReadManifest(zip));
            file.Verify();
            return file;
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or BackupException)
        {
            zip?.Dispose();
            throw e as BackupException ?? new BackupException($"is no backup, or is damaged: {e.Message}", e);
        }
    }

    /// <summary>The rows of a table of <see cref="Manifest"/>.</summary>
    public async IAsyncEnumerable<object?[]> RowsAsync(BackupTable table)
    {
        await using var entry = await Entry(archive, BackupTable.EntryOf(table.Name)).OpenAsync();
        await foreach (var row in TableRows.ReadAsync(entry, table))
        {
            yield return row;
        }
    }

    public void Dispose() => archive.Dispose();

    private static BackupManifest ReadManifest(ZipArchive archive)
    {
        using var head = Entry(archive, BackupManifest.Entry).Open();
        var manifest = JsonSerializer.Deserialize<BackupManifest>(head, Whole) ?? throw new BackupException("its manifest is empty");
        if (manifest.Format is < 1 or > BackupManifest.Newest)
        {
            throw new BackupException(
                $"has format {manifest.Format}, made by version {manifest.Program}; this version reads formats up to {BackupManifest.Newest}"
            );
        }

        return manifest.Tables.FirstOrDefault(table => StateTable.All.All(known => known.Name != table.Name)) is { } unknown
            ? throw new BackupException(
                $"has a table {unknown.Name}, which this version does not know; it was made by version {manifest.Program}"
            )
            : manifest;
    }

    private void Verify()
    {
        foreach (var table in Manifest.Tables)
        {
            using var entry = Entry(archive, BackupTable.EntryOf(table.Name)).Open();
            if (Convert.ToHexStringLower(SHA256.HashData(entry)) != table.Sha256)
            {
                throw new BackupException($"is damaged: table {table.Name} is not what was written");
            }
        }
    }

    private static ZipArchiveEntry Entry(ZipArchive archive, string name) =>
        archive.GetEntry(name) ?? throw new BackupException($"is no backup, or is damaged: {name} is missing");
}
