using System.Text.RegularExpressions;

namespace Orchestrator.Shared.Certificates;

/// <summary>Which refusals are to be told: each once in ten minutes, for who is refused tries again each second. Of more at once than anybody reads none is. Thread safe.</summary>
public sealed partial class RefusalNotes(TimeProvider time)
{
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    private const int Most = 256;

    private readonly Lock gate = new();
    private readonly Dictionary<string, long> told = new(StringComparer.Ordinal);

    /// <param name="refusal">Two that differ in ports alone, or in the id of a connection, are the same one: whoever tries again has others.</param>
    public bool IsDue(string refusal)
    {
        refusal = Changing().Replace(refusal, "");
        lock (gate)
        {
            if (told.TryGetValue(refusal, out var at) && time.GetElapsedTime(at) < Interval)
            {
                return false;
            }

            if (told.Count >= Most)
            {
                foreach (var old in told.Where(one => time.GetElapsedTime(one.Value) >= Interval).Select(one => one.Key).ToList())
                {
                    told.Remove(old);
                }
            }

            return told.Count < Most && (told[refusal] = time.GetTimestamp()) >= 0;
        }
    }

    [GeneratedRegex(@"(?<=[\]0-9]):[0-9]{1,5}\b|Id=[0-9a-f]+")]
    private static partial Regex Changing();
}
