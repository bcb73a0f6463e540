namespace Orchestrator.Cli.Demo;

/// <summary>The settings that the demo gives its processes, as environment variables (docs/settings.md has them all).</summary>
public static class ChildSettings
{
    private const string Prefix = "ORCHESTRATOR_";

    public static Dictionary<string, string> Coordinator(DemoPlan plan, StateFolder state, string joinToken)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [$"{Prefix}State"] = state.Coordinator,
            [$"{Prefix}Storage"] = state.Storage,
            [$"{Prefix}JoinToken"] = joinToken,
            [$"{Prefix}Parent__ExitWithStdin"] = "true",
        };
        if (plan.Chaos is not null)
        {
            // Who was killed is back in the run before the next fault, however often.
            settings[$"{Prefix}Timers__GrowthHoldOff"] = "00:00:01";
            settings[$"{Prefix}Timers__Quarantine"] = "00:00:00.001";
            settings[$"{Prefix}Timers__QuarantineLongest"] = "00:00:00.001";
        }

        return settings;
    }

    /// <param name="contact">host:port of the coordinator's Akka.</param>
    public static Dictionary<string, string> Worker(DemoPlan plan, StateFolder state, string name, string contact, string joinToken)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [$"{Prefix}Name"] = name,
            [$"{Prefix}Coordinators__0"] = contact,
            [$"{Prefix}JoinToken"] = joinToken,
            [$"{Prefix}DataRoot"] = plan.DataRoot,
            [$"{Prefix}Storage"] = state.Storage,
            [$"{Prefix}State"] = state.Worker(name),
            [$"{Prefix}ShardThreads"] = plan.ShardThreads.ToString(),
            [$"{Prefix}Parent__ExitWithStdin"] = "true",
        };
        if (name == plan.Victim)
        {
            settings[$"{Prefix}Failpoint"] = $"backward-done@{plan.KillAt}:kill";
        }

        return settings;
    }
}
