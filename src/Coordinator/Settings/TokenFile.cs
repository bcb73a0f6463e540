namespace Orchestrator.Coordinator.Settings;

/// <summary>A token that is a setting, or the text of the file that another setting names.</summary>
internal static class TokenFile
{
    /// <returns>Null: neither is set.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It is not this user's to read.</exception>
    public static string? Read(string? token, string? file) =>
        !string.IsNullOrEmpty(token) ? token
        : !string.IsNullOrEmpty(file) ? File.ReadAllText(file).Trim()
        : null;

    /// <param name="setting">That of the file.</param>
    /// <param name="problems">Why the file cannot be read is added.</param>
    /// <returns>Null: neither is set, or the file cannot be read.</returns>
    public static string? Read(string? token, string? file, string setting, List<string> problems)
    {
        if (string.IsNullOrEmpty(token) && !string.IsNullOrEmpty(file) && !File.Exists(file))
        {
            problems.Add($"{setting}: {file} – no such file");
            return null;
        }

        try
        {
            return Read(token, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{setting}: {file} – cannot be read: {e.Message}");
            return null;
        }
    }
}
