using System.Globalization;

namespace Orchestrator.Worker.Options;

/// <summary>Number of a process among those of one worker name: new and higher at each start, also when the clock was set back.</summary>
public static class Incarnation
{
    /// <summary>UTC milliseconds, or one more than the last if that is higher; kept in the state folder.</summary>
    public static long Next(string stateFolder, string name, TimeProvider time)
    {
        var path = Path.Combine(stateFolder, $"{name}.incarnation");
        var last =
            File.Exists(path) && long.TryParse(File.ReadAllText(path), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
                ? value
                : 0;
        var next = Math.Max(time.GetUtcNow().ToUnixTimeMilliseconds(), last + 1);
        var temporary = path + ".new";
        File.WriteAllText(temporary, next.ToString(CultureInfo.InvariantCulture));
        File.Move(temporary, path, overwrite: true);
        return next;
    }
}
