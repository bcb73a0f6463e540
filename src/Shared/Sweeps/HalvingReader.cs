using Orchestrator.Shared.Runs;

namespace Orchestrator.Shared.Sweeps;

/// <summary>Reads the section <c>asha</c> of a sweep.</summary>
internal static class HalvingReader
{
    private const int MostRungs = 20;
    private const string Shape = "{ minSteps: 100, eta: 3 }, or { rungs: [100, 300, 900], eta: 3 }";

    /// <returns>Rungs are empty where <c>MinSteps</c> says where they begin.</returns>
    public static (HalvingSpec? Asha, int? MinSteps) Read(SpecReader reader, SweepSearch search)
    {
        if (search != SweepSearch.Asha)
        {
            if (reader.Node("asha") is not null)
            {
                reader.Fail("asha", $"is for search: asha; this is {SpecWords.Word(search)}");
            }

            return (null, null);
        }

        if (!reader.Has("asha"))
        {
            reader.Fail("asha", $"is missing: {Shape}");
            return (new HalvingSpec([], HalvingSpec.DefaultEta), null);
        }

        var section = reader.Mapping("asha");
        var rungs = section.Integers("rungs", 1, 1_000_000_000);
        var minSteps = section.OptionalInteger("minSteps", 1, 1_000_000_000);
        if (section.Has("rungs") == section.Has("minSteps"))
        {
            reader.Fail("asha", $"must have one of minSteps and rungs: {Shape}");
        }
        else if (rungs is not null && (rungs.Count is 0 or > MostRungs || rungs.Zip(rungs.Skip(1)).Any(pair => pair.First >= pair.Second)))
        {
            section.Fail("rungs", $"must be 1 to {MostRungs} numbers of steps, each above the one before");
        }

        var asha = new HalvingSpec(rungs ?? [], section.Integer("eta", HalvingSpec.DefaultEta, 2, 16));
        section.End();
        return (asha, minSteps);
    }

    /// <summary>The sweep with all its rungs, once the budgets of its trials are known.</summary>
    /// <param name="specs">Valid, of every trial.</param>
    public static SweepSpec Resolve(
        SweepSpec sweep,
        int? minSteps,
        IReadOnlyList<(SweepTrial Trial, SpecResult Result)> specs,
        List<SpecError> errors
    )
    {
        var asha = sweep.Asha!;
        if (specs.FirstOrDefault(spec => spec.Result.Spec!.Budget.Steps is null) is { Trial: { } inEpochs })
        {
            errors.Add(
                new SpecError(
                    "spec.budget",
                    null,
                    $"must be in steps ({{ steps: 1000 }}), as rungs are: how many an epoch has is known to workers alone (trial {inEpochs.Number})"
                )
            );
            return sweep;
        }

        var budget = specs.Min(spec => spec.Result.Spec!.Budget.Steps!.Value);
        IReadOnlyList<int> rungs = minSteps is { } first ? [.. Ladder(first, asha.Eta, budget)] : asha.Rungs;
        if (rungs.Count == 0 || rungs[^1] >= budget)
        {
            errors.Add(
                new SpecError(
                    minSteps is null ? "asha.rungs" : "asha.minSteps",
                    minSteps is { } given ? $"{given}" : $"[{string.Join(", ", rungs)}]",
                    $"must be below the budget of every trial: {budget} steps"
                )
            );
        }

        return sweep with
        {
            Asha = asha with { Rungs = rungs },
        };
    }

    private static IEnumerable<int> Ladder(int first, int eta, int budget)
    {
        for (long rung = first; rung < budget; rung *= eta)
        {
            yield return (int)rung;
        }
    }
}
