namespace Orchestrator.Pretraining.Data;

/// <summary>Paths of a spec: relative to the worker's data root, which they may not leave, not even through a link.</summary>
internal static class DataPath
{
    // As the kernel's own limit.
    private const int MaxLinks = 40;

    /// <summary>Refuses a path that is absolute or has <c>..</c> in it.</summary>
    public static void RequireRelative(string value, string key)
    {
        if (
            string.IsNullOrWhiteSpace(value)
            || Path.IsPathRooted(value)
            || value.Split('/', '\\').Contains("..", StringComparer.Ordinal)
            || value.Contains('\0')
        )
        {
            throw new DataException($"{key} '{value}' must be a path relative to the data root, without '..'");
        }
    }

    /// <summary>Refuses a path that ends outside the root once all its links are followed.</summary>
    public static string RequireInside(string realRoot, string path, string what)
    {
        var real = RealPath(path);
        if (!real.StartsWith(realRoot.TrimEnd('/') + '/', StringComparison.Ordinal) && real != realRoot)
        {
            throw new DataException(
                $"{what} is a link out of the data root '{realRoot}' (to '{real}'); copy or mount the data into the root"
            );
        }

        return real;
    }

    /// <summary>The absolute path with every link in it followed.</summary>
    public static string RealPath(string path) => RealPath(Path.GetFullPath(path), 0);

    private static string RealPath(string full, int links)
    {
        if (links > MaxLinks)
        {
            throw new DataException($"'{full}' goes through more than {MaxLinks} links; does one point at itself?");
        }

        var current = Path.GetPathRoot(full)!;
        foreach (var segment in full[current.Length..].Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Combine(current, segment);
            var target = new FileInfo(next).LinkTarget;
            current = target is null ? next : RealPath(Path.GetFullPath(target, current), links + 1);
        }

        return current;
    }
}
