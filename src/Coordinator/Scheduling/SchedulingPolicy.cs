using System.Globalization;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Scheduling;

/// <summary>How runs share the workers: settings <c>Scheduling:*</c> of the coordinator (docs/scheduling.md).</summary>
public sealed record SchedulingPolicy
{
    /// <summary>Over which a project's device-hours count. Default: 7 days.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromDays(7);

    /// <summary>After so long a used device-hour counts half for fair share. Default: 2 days.</summary>
    public TimeSpan HalfLife { get; init; } = TimeSpan.FromDays(2);

    /// <summary>A run that waits gains <see cref="AgeingPoints"/> of priority each time. Default: 6 hours.</summary>
    public TimeSpan AgeingEvery { get; init; } = TimeSpan.FromHours(6);

    /// <summary>1 to 100. Default: 10, so that the lowest priority has overtaken the highest after five days.</summary>
    public int AgeingPoints { get; init; } = 10;

    /// <summary>Whether a waiting run may take workers of runs with a lower priority. Default: true.</summary>
    public bool Preemption { get; init; } = true;

    /// <summary>A run that was given workers is not stopped for so long; it may be shrunk. Default: 5 minutes.</summary>
    public TimeSpan PreemptionHoldOff { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>By name; a project that is not here has no limits, and weight 1.</summary>
    public IReadOnlyDictionary<string, ProjectPolicy> Projects { get; init; } = new Dictionary<string, ProjectPolicy>();

    public ProjectPolicy Of(string project) => Projects.GetValueOrDefault(project) ?? ProjectPolicy.Unlimited;

    /// <summary>Points of priority for having waited; 0 or more.</summary>
    public int Ageing(TimeSpan waited) =>
        waited <= TimeSpan.Zero ? 0 : AgeingPoints * (int)Math.Min(waited.Ticks / AgeingEvery.Ticks, 1_000_000);

    /// <summary>Everything that is wrong, each with the setting's name.</summary>
    public IEnumerable<string> Problems()
    {
        foreach (
            var (name, span) in new[]
            {
                (nameof(Window), Window),
                (nameof(HalfLife), HalfLife),
                (nameof(AgeingEvery), AgeingEvery),
                (nameof(PreemptionHoldOff), PreemptionHoldOff),
            }
        )
        {
            if (span <= TimeSpan.Zero || span > TimeSpan.FromDays(3650))
            {
                yield return $"Scheduling:{name}: {span} – must be longer than nothing and at most 3650 days";
            }
        }

        if (AgeingPoints is < 1 or > 100)
        {
            yield return $"Scheduling:AgeingPoints: {AgeingPoints} – must be 1 to 100: without any a run of low priority might wait for ever";
        }

        foreach (var (name, project) in Projects)
        {
            foreach (var problem in project.Problems())
            {
                yield return $"Scheduling:Projects:{name}:{problem}";
            }

            if (!RunOwner.IsName(name))
            {
                yield return $"Scheduling:Projects:{name}: {RunOwner.NameRule}";
            }
        }
    }
}

/// <summary>What one project may have.</summary>
public sealed record ProjectPolicy
{
    public static ProjectPolicy Unlimited { get; } = new();

    /// <summary>Most workers that train for it at once, 1 or more. Default: no limit.</summary>
    public int? Workers { get; init; }

    /// <summary>Most device-hours within <see cref="SchedulingPolicy.Window"/>, above 0. Default: no limit.</summary>
    public double? DeviceHours { get; init; }

    /// <summary>Its share beside other projects', above 0 to 1000. Default: 1.</summary>
    public double Weight { get; init; } = 1;

    internal IEnumerable<string> Problems()
    {
        if (Workers < 1)
        {
            yield return $"Workers: {Workers} – must be 1 or more; leave it out for no limit";
        }

        if (DeviceHours is { } hours && !(hours > 0 && double.IsFinite(hours)))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"DeviceHours: {hours} – must be above 0; leave it out for no limit");
        }

        if (!(Weight is > 0 and <= 1000))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"Weight: {Weight} – must be above 0 and at most 1000");
        }
    }
}
