using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Scheduling;

/// <summary>Who has how much of the fleet, now and lately; kept up to date while workers are given away. Not thread safe.</summary>
internal sealed class FairShares
{
    /// <summary>A worker that is held now counts as so many used hours: else whoever comes first of two that have used nothing would get all.</summary>
    private const double HeldHours = 1;

    private readonly SchedulingPolicy policy;
    private readonly DeviceUse use;
    private readonly Dictionary<string, int> users = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> projects = new(StringComparer.Ordinal);

    public FairShares(SchedulingSnapshot snapshot)
    {
        (policy, use) = (snapshot.Policy, snapshot.Use);
        var owners = snapshot.Gangs.ToDictionary(g => g.Run, g => g.Owner, StringComparer.Ordinal);
        foreach (var worker in snapshot.Workers)
        {
            if (worker.BusyWith is { } run && owners.TryGetValue(run, out var owner))
            {
                Give(owner, 1);
            }
        }
    }

    /// <summary>The less, the sooner it is its turn: what the user has had by the project's weight, then what the project has had.</summary>
    public (double User, double Project) Of(RunOwner owner)
    {
        var weight = policy.Of(owner.Project).Weight;
        return (Had(use.Users, users, owner.User) / weight, Had(use.Projects, projects, owner.Project) / weight);
    }

    public int Held(string project) => projects.GetValueOrDefault(project);

    /// <summary>How many workers more the project may have now.</summary>
    public int Room(string project) => policy.Of(project).Workers is { } most ? Math.Max(0, most - Held(project)) : int.MaxValue;

    public void Give(RunOwner owner, int workers)
    {
        users[owner.User] = users.GetValueOrDefault(owner.User) + workers;
        projects[owner.Project] = projects.GetValueOrDefault(owner.Project) + workers;
    }

    private static double Had(IReadOnlyDictionary<string, double> used, Dictionary<string, int> held, string name) =>
        used.GetValueOrDefault(name) + (HeldHours * held.GetValueOrDefault(name));
}
