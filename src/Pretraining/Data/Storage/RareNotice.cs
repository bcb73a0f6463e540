namespace Orchestrator.Pretraining.Data.Storage;

/// <summary>Tells what the operator should know of a condition that many threads meet again and again: once, and then once in ten minutes.</summary>
/// <param name="warn">Where it is told, from any thread; null: nowhere.</param>
internal sealed class RareNotice(Action<string>? warn, TimeProvider time)
{
    private static readonly TimeSpan Least = TimeSpan.FromMinutes(10);
    private readonly Lock gate = new();
    private long? told;

    public void Tell(string text)
    {
        lock (gate)
        {
            if (told is { } last && time.GetElapsedTime(last) < Least)
            {
                return;
            }

            told = time.GetTimestamp();
        }

        warn?.Invoke(text);
    }
}
