using System.Diagnostics;
using Xunit;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>Processes of this machine, as /proc shows them.</summary>
internal static class Processes
{
    /// <summary>Ids of the living processes that were started with this path in their arguments or settings.</summary>
    public static IReadOnlyList<int> Of(string path) =>
        [
            .. Directory
                .GetDirectories("/proc")
                .Select(d => int.TryParse(Path.GetFileName(d), out var id) ? id : 0)
                .Where(id => id > 0 && Mentions(id, path)),
        ];

    public static void Signal(int id, string signal)
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -{signal} {id}"]);
        kill.WaitForExit();
    }

    public static void Kill(int id) => Signal(id, "KILL");

    /// <summary>Waits until none is left; fails and ends them when they are still there.</summary>
    public static async Task AssertNoneAsync(string path, TimeSpan within)
    {
        var left = Of(path);
        for (var started = Stopwatch.GetTimestamp(); left.Count > 0 && Stopwatch.GetElapsedTime(started) < within; left = Of(path))
        {
            await Task.Delay(100);
        }

        var names = left.Select(CommandLine).ToList();
        foreach (var id in left)
        {
            Kill(id);
        }

        Assert.True(names.Count == 0, $"still running {within.TotalSeconds:0} s later: {string.Join("; ", names)}");
    }

    private static bool Mentions(int id, string path)
    {
        try
        {
            // One that has ended and was not waited for yet has neither.
            return CommandLine(id).Contains(path, StringComparison.Ordinal)
                || File.ReadAllText($"/proc/{id}/environ").Contains(path, StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string CommandLine(int id)
    {
        try
        {
            return $"{id} {File.ReadAllText($"/proc/{id}/cmdline").Replace('\0', ' ')}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{id}";
        }
    }
}
