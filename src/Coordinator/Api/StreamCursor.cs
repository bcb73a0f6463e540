using System.Globalization;

namespace Orchestrator.Coordinator.Api;

/// <summary>Where a stream stands: written as the id of each of its events, read back from Last-Event-ID.</summary>
public sealed record StreamCursor(long NextStep, long NextEvent)
{
    /// <summary>What every one matches.</summary>
    public const string Pattern = @"^[0-9]+\.[0-9]+$";

    /// <summary>Null when the text is none.</summary>
    public static StreamCursor? Read(string text)
    {
        var parts = text.Split('.');
        return
            parts.Length == 2
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var line)
            ? new StreamCursor(step, line)
            : null;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{NextStep}.{NextEvent}");
}
