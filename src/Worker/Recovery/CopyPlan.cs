using Orchestrator.Shared.Protocol;

namespace Orchestrator.Worker.Recovery;

/// <summary>Who copies from whom when a generation forms. Pure: every receiver knows it from the record.</summary>
public static class CopyPlan
{
    // Receivers that come before this one in rank order have most likely finished: a second and third choice.
    private const int Fallbacks = 2;

    /// <summary>
    /// The sources that a member tries, in order: the record's, beginning at another one for each receiver so that they share the load, then
    /// receivers before it.
    /// </summary>
    public static IReadOnlyList<GenerationSource> Order(GenerationRecord record, string workerId)
    {
        if (record.Sources.Count == 0)
        {
            return [];
        }

        var holders = record.Sources.Select(source => source.WorkerId).ToHashSet(StringComparer.Ordinal);
        var receivers = record.Members.Where(member => !holders.Contains(member.WorkerId)).ToList();
        var place = Math.Max(0, receivers.FindIndex(member => member.WorkerId == workerId));
        var sources = record.Sources.Where(source => source.WorkerId != workerId).ToList();
        return
        [
            .. sources.Skip(place % Math.Max(1, sources.Count)),
            .. sources.Take(place % Math.Max(1, sources.Count)),
            .. receivers.Take(place).TakeLast(Fallbacks).Select(member => new GenerationSource(member.WorkerId, member.Host, member.Port)),
        ];
    }
}
