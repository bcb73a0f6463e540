using System.Data.Common;
using Microsoft.Data.Sqlite;
using Orchestrator.Coordinator.Hosting;

namespace Orchestrator.Coordinator.Backup;

/// <summary><c>backup FILE</c> and <c>restore FILE</c>, with the coordinator's settings behind (docs/operations.md).</summary>
public static class BackupProgram
{
    private const string BackupWord = "backup";
    private const string RestoreWord = "restore";

    /// <summary>Whether a command line asks for it.</summary>
    public static bool Is(string[] args) => args is [BackupWord or RestoreWord, ..];

    /// <returns>0 done, 1 it could not be done, 2 bad settings or words.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not [var word, var path, .. var settings] || path.StartsWith('-'))
        {
            await Console.Error.WriteLineAsync($"coordinator: {args[0]} takes a file: {args[0]} FILE --State FOLDER");
            return 2;
        }

        var options = CoordinatorApp.ReadOptions(settings);
        var problems = options.JournalProblems();
        foreach (var problem in problems)
        {
            await Console.Error.WriteLineAsync($"coordinator: {problem}");
        }

        if (problems.Count > 0)
        {
            return 2;
        }

        try
        {
            var manifest =
                word == BackupWord
                    ? BackupWriter.Write(options, path, TimeProvider.System.GetUtcNow())
                    : await Restoration.RunAsync(options, path);
            var tables = string.Join(", ", manifest.Tables.Select(table => $"{table.Name} {table.Rows}"));
            Console.WriteLine(
                word == BackupWord
                    ? $"{path}: {new FileInfo(path).Length} bytes; rows: {tables}"
                    : $"restored {path} of {manifest.MadeAt:u}; rows: {tables}. Workers that ran before are to be started anew."
            );
            return 0;
        }
        catch (Exception e) when (e is BackupException or DbException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"coordinator: {word} {path}: {e.Message}");
            return 1;
        }
        finally
        {
            SqliteConnection.ClearAllPools();
        }
    }
}
