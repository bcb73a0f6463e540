using System.IO.Compression;
using System.Text.Json;
using Orchestrator.Coordinator.Settings;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Backup;

/// <summary>Copies what the coordinator keeps in databases into one file, while it runs or not: each database as it stood at one moment.</summary>
public static class BackupWriter
{
    /// <param name="path">Must not be there. It is its owner's only: hashes of tokens and the runs' keys are in it.</param>
    /// <exception cref="BackupException">The file is there already, or there is nothing to copy.</exception>
    /// <exception cref="System.Data.Common.DbException">A database cannot be read. Nothing is left behind, as after any other failure.</exception>
    public static BackupManifest Write(CoordinatorOptions options, string path, DateTimeOffset now)
    {
        if (File.Exists(path))
        {
            throw new BackupException("is there already: name a file that is not");
        }

        var databases = new StateDatabases(options);
        if (!options.Journal.IsPostgres && databases.Groups.FirstOrDefault(group => !File.Exists(group.Key)) is { } missing)
        {
            throw new BackupException($"there is no {missing.Key}: is State ({options.State}) the folder of a coordinator?");
        }

        // Another process may be making one of the same name.
        var partial = $"{path}.{Environment.ProcessId}.partial";
        try
        {
            BackupManifest manifest;
            using (var file = new FileStream(partial, OwnersOnly()))
            {
                manifest = Write(databases, options.Journal.Provider, file, now);
                file.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: false);
            return manifest;
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private static BackupManifest Write(StateDatabases databases, string provider, Stream file, DateTimeOffset now)
    {
        using var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true);
        List<BackupTable> tables = [];
        foreach (var group in databases.Groups)
        {
            using var connection = databases.Open(group);
            using var snapshot = StateDatabases.Snapshot(connection);
            foreach (var table in group)
            {
                using var entry = archive.CreateEntry(BackupTable.EntryOf(table.Name), CompressionLevel.Fastest).Open();
                tables.Add(TableRows.Write(connection, snapshot, table.Name, entry));
            }
        }

        var manifest = new BackupManifest(BackupManifest.Newest, ProgramVersion.Of(typeof(BackupWriter).Assembly), now, provider, tables);
        using var head = archive.CreateEntry(BackupManifest.Entry).Open();
        JsonSerializer.Serialize(head, manifest, RunSpecJson.Options);
        return manifest;
    }

    private static FileStreamOptions OwnersOnly()
    {
        var owners = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.ReadWrite };
        if (!OperatingSystem.IsWindows())
        {
            owners.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return owners;
    }
}
