using Orchestrator.Coordinator.Sweeps;
using Orchestrator.Shared.Runs;
using Orchestrator.Shared.Sweeps;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Sweeps;

/// <summary>
/// Runs that a sweep has submitted, without a coordinator: each turn one of them trains some steps, and one in ten fails on the way. What happens in a turn
/// follows from the seed and the turn's number, so a copy goes on as the original does.
/// </summary>
internal sealed class SweepWorld(SweepSpec spec, int seed)
{
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch;
    private readonly SortedDictionary<int, (long Step, RunPhase Phase)> runs = [];
    private readonly SortedSet<int> canceling = [];
    private int turn;

    public SweepState State { get; private set; } = Initial(spec);

    public List<ISweepEvent> Journal { get; } = [];

    /// <summary>At each length of the journal, the world as it was then.</summary>
    public List<SweepWorld> Snapshots { get; } = [];

    /// <summary>Turn after which somebody cancels the sweep.</summary>
    public int CancelAfter { get; init; } = int.MaxValue;

    public static SweepSpec Asha(int trials, int parallel, int eta = 3) =>
        Spec(
            $"search: asha\ntrials: {trials}\nparallel: {parallel}\nfields: {{ seed: {{ integer: [0, 1000000] }} }}\nasha: {{ rungs: [20, 60, 180], eta: {eta} }}\n"
        );

    public static SweepSpec Spec(string rest)
    {
        var result = SweepSpecParser.Parse($"name: s\nspec: {{ method: gmml, data: {{ images: a }}, budget: {{ steps: 200 }} }}\n{rest}");
        Assert.True(result.Spec is not null, string.Join("\n", result.Errors));
        return result.Spec;
    }

    public static SweepState Initial(SweepSpec spec) =>
        SweepState.Initial("s-1", spec, SweepSpecJson.Write(spec), new RunOwner("default", "ada"), At);

    /// <summary>The metric of a trial at a step: trials differ, and cross one another on the way. Every ninth has none that is finite.</summary>
    public static double? Value(int trial, long step) =>
        trial % 9 == 8 ? null : ((trial * 7919) % 101) + (((trial * 31) % 13) * 5.0 / (1 + step)) + (1.0 / (1 + step));

    public void Begin() => Take(new SweepRecovered(runs.Keys.ToDictionary(trial => trial, Run)));

    /// <summary>Until the sweep has ended.</summary>
    public void RunOn()
    {
        while (State.End is null)
        {
            Assert.True(turn < 10_000, $"the sweep does not end: {string.Join("; ", SweepActions.Of(State))}");
            if (turn == CancelAfter)
            {
                Take(new SweepCancelAsked());
            }

            Act();
            Train();
            // Who takes over while it looks goes on with the next turn.
            turn++;
            See();
        }
    }

    public void See() =>
        Take(new TrialsSeen(runs.ToDictionary(run => run.Key, run => new TrialSight(run.Value.Phase, run.Value.Step, "why"))));

    /// <summary>What another coordinator makes of the first events of the journal, in this world.</summary>
    public SweepWorld Restart()
    {
        var world = Copy(Journal);
        world.State = Journal.Aggregate(Initial(spec), SweepApply.Apply);
        world.Begin();
        return world;
    }

    private static string Run(int trial) => $"r-{trial}";

    private SweepWorld Copy(IEnumerable<ISweepEvent> journal)
    {
        var copy = new SweepWorld(spec, seed)
        {
            turn = turn,
            CancelAfter = CancelAfter,
            State = State,
        };
        copy.Journal.AddRange(journal);
        foreach (var run in runs)
        {
            copy.runs.Add(run.Key, run.Value);
        }

        copy.canceling.UnionWith(canceling);

        return copy;
    }

    private void Take(SweepInput input)
    {
        var decision = SweepTransitions.Decide(State, input, At);
        State = decision.State;
        foreach (var happened in decision.Events)
        {
            State = SweepApply.Apply(State, happened);
            Journal.Add(happened);
            Snapshots.Add(Copy(Journal));
        }
    }

    /// <summary>Does what is to be done, as often as something is.</summary>
    private void Act()
    {
        for (var done = new HashSet<SweepAction>(); SweepActions.Of(State).FirstOrDefault(done.Add) is { } action; )
        {
            switch (action)
            {
                case SubmitTrialAction submit:
                    State = State.Asking(submit.Trial);
                    // The head's append comes first.
                    runs.TryAdd(submit.Trial, (0, RunPhase.Queued));
                    Take(new TrialSubmitted(submit.Trial, Run(submit.Trial)));
                    break;
                case ReadRowsAction read:
                    Take(new TrialRead(read.Trial, read.Step, new TrialMetric(Value(read.Trial, read.Step))));
                    break;
                case CancelRunAction cancel:
                    canceling.Add(cancel.Trial);
                    break;
                default:
                    break;
            }
        }
    }

    private void Train()
    {
        foreach (var trial in canceling.Where(trial => !runs[trial].Phase.IsEnded()))
        {
            runs[trial] = (runs[trial].Step, RunPhase.Canceled);
        }

        var random = new Random((seed * 100_003) + turn);
        int[] live = [.. runs.Where(run => !run.Value.Phase.IsEnded()).Select(run => run.Key)];
        if (live.Length == 0)
        {
            return;
        }

        var chosen = live[random.Next(live.Length)];
        var step = Math.Min(200, runs[chosen].Step + random.Next(1, 50));
        runs[chosen] = (
            step,
            random.Next(40) == 0 ? RunPhase.Failed
            : step == 200 ? RunPhase.Completed
            : RunPhase.Running
        );
    }
}
