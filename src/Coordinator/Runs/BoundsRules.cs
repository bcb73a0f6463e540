namespace Orchestrator.Coordinator.Runs;

/// <summary>What follows for a generation that trains when somebody has changed the bounds of the run's gang. More ranks come as any growth does.</summary>
internal static class BoundsRules
{
    public static RunStep? Next(RunState state, DateTimeOffset now)
    {
        if (!RecallRules.GivesBack(state))
        {
            return null;
        }

        var (members, terms) = (state.Generation!.Members, state.Terms);
        if (members.Count > state.MostRanks)
        {
            // The last ranks: rank 0 writes checkpoints.
            string[] last = [.. members.Skip(state.MostRanks).Select(m => m.WorkerId)];
            return RunStep.Change(
                RecallRules.Take(
                    state,
                    new MembersRecalled(last, false, $"workers.max is {terms.MaxWorkers} now: {string.Join(", ", last)} is given back")
                )
            );
        }

        // It stops as one that has lost members, waits below its minimum, and is given more while it does.
        return members.Count < terms.MinWorkers
            ? RunStep.Prepare(
                state,
                now,
                $"workers.min is {terms.MinWorkers} now, {members.Count} {(members.Count == 1 ? "trains" : "train")}",
                stopAfter: state.Hint + 2
            )
            : null;
    }
}
