using Orchestrator.Collectives;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Worker.Ranks;

/// <summary>The learning library behind <see cref="ITrainer"/>: translates its exceptions into what they mean to a run.</summary>
public sealed class TrainingRunTrainer : ITrainer
{
    private readonly TrainingRun run;
    private readonly Utilization utilization;

    /// <summary>Measures the threads of the run: nothing of it may run yet.</summary>
    /// <param name="run">Its to dispose.</param>
    /// <param name="trace">Its to dispose; null: none.</param>
    public TrainingRunTrainer(TrainingRun run, int shardThreads, StepTrace? trace = null)
    {
        (this.run, State, ShardThreads) = (run, new TrainingRunState(run.State, owned: false), shardThreads);
        run.Trace = trace;
        utilization = run.MeasureUtilization();
    }

    /// <summary>Names of a step's boundaries.</summary>
    public static IReadOnlyList<string> Moments { get; } = [.. Enum.GetValues<StepMoment>().Select(SpecWords.Word)];

    public RunSpec Spec => run.Spec;
    public long TotalSteps => run.TotalSteps;
    public int ShardThreads { get; }
    public string DataFingerprint => run.DataFingerprint;
    public IRankState State { get; }

    public StepRow Step(ProcessGroup group, Action<string>? moment)
    {
        try
        {
            return run.Step(group, moment is null ? null : at => moment(Moments[(int)at]));
        }
        catch (StepAbortedException e)
        {
            throw new StepStoppedException(e.Message);
        }
        catch (NonFiniteException e)
        {
            throw new TrainerFailedException(FailureKind.NonFinite, e.Message, e);
        }
        catch (DataException e)
        {
            throw new TrainerFailedException(FailureKind.Data, e.Message, e);
        }
    }

    public Action<CommittedStep>? Committed
    {
        set => run.Committed = value;
    }

    public void Replay(CommittedStep committed) => run.Replay(committed);

    public double Utilization(double seconds, int ownShards) => utilization.Of(seconds, ownShards);

    public void CompareStates(ProcessGroup group) => run.CompareStates(group);

    public void Abort(string reason) => run.Abort(reason);

    public void ClearAbort() => run.ClearAbort();

    public void Dispose()
    {
        var trace = run.Trace;
        run.Dispose();
        trace?.Dispose();
    }
}
