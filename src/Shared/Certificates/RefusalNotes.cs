namespace Orchestrator.Shared.Certificates;

/// <summary>Which refusals are to be told: each once in ten minutes, for who is refused tries again each second. Of more at once than anybody reads none is. Thread safe.</summary>
public sealed class RefusalNotes(TimeProvider time)
{
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    private const int Most = 256;

    private readonly Lock gate = new();
    private readonly Dictionary<string, long> told = new(StringComparer.Ordinal);

    public bool IsDue(string refusal)
    {
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
}
