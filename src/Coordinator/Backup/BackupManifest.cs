namespace Orchestrator.Coordinator.Backup;

/// <summary>What a backup says of itself: the entry <c>backup.json</c>, written last.</summary>
/// <param name="Format">Of the whole file; see <see cref="Newest"/>.</param>
/// <param name="Program">Version of the coordinator that made it.</param>
/// <param name="Provider">Of the databases it was made of; it may be restored into the other one.</param>
/// <param name="Tables">Each in an entry <c>tables/NAME</c>.</param>
public sealed record BackupManifest(int Format, string Program, DateTimeOffset MadeAt, string Provider, IReadOnlyList<BackupTable> Tables)
{
    /// <summary>The format that this version writes, and the newest that it reads.</summary>
    public const int Newest = 1;

    /// <summary>Its entry's name.</summary>
    public const string Entry = "backup.json";
}

/// <param name="Columns">Of each row, in its order.</param>
/// <param name="Rows">How many.</param>
/// <param name="Sha256">Of the entry's bytes: a MessagePack array a row.</param>
public sealed record BackupTable(string Name, IReadOnlyList<string> Columns, long Rows, string Sha256)
{
    /// <summary>Its entry's name.</summary>
    public static string EntryOf(string table) => $"tables/{table}";
}
