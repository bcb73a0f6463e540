using Orchestrator.Collectives;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Evaluation;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Training;

/// <summary>
/// One rank's side of a run: its data, networks, threads and state. It outlives generations: each step is given the process group that it
/// runs in. Not thread-safe: one rank thread owns it; only <see cref="Abort"/> may come from elsewhere.
/// </summary>
public sealed class TrainingRun : IDisposable
{
    private readonly TrainingParts parts;
    private readonly StateComparison comparison;
    private readonly CommitReplay replay;
    private TrainStep? step;
    private ProcessGroup? stepGroup;

    private TrainingRun(RunSpec spec, TrainingParts parts, string dataFingerprint)
    {
        Spec = spec;
        this.parts = parts;
        comparison = new StateComparison(parts);
        replay = new CommitReplay(parts);
        DataFingerprint = dataFingerprint;
    }

    public RunSpec Spec { get; }

    public long TotalSteps => parts.Schedule.TotalSteps;

    public long StepsPerEpoch => parts.Schedule.StepsPerEpoch;

    /// <summary>Identifies the data set's content: ranks compare it before the first step.</summary>
    public string DataFingerprint { get; }

    /// <summary>The initial state after <see cref="Open"/>; then as the last step left it.</summary>
    public TrainingState State => parts.State;

    /// <summary>Opens the data and builds the initial state, a function of the spec alone.</summary>
    /// <exception cref="DataException">The data set cannot be read or is too small for a step, or the corruption cannot be drawn on views of its size.</exception>
    public static TrainingRun Open(RunSpec spec, TrainingOptions options)
    {
        CorruptionProblems.ThrowIfAny(spec);
        var data = DataSets.Open(options.Data, spec);
        try
        {
            if (data.PretrainingCount < spec.Batch.Size)
            {
                throw new DataException(
                    $"{spec.Data.Source}: {data.PretrainingCount} samples to pretrain on ({data.HeldOutCount} more are held out) are fewer than batch.size, {spec.Batch.Size}: a step needs a whole batch."
                );
            }

            if (spec.Probes.Count > 0)
            {
                CheckProbes(spec, data);
            }

            var sampler = new ShardSampler(
                spec.Seed,
                data.PretrainingCount,
                spec.Batch.Size,
                spec.Batch.Shards,
                spec.Data.LastBatch,
                spec.Data.Sampling == Sampling.Balanced ? GroupsOf(spec, data) : null
            );
            var schedule = RunSchedules.Of(spec, sampler.StepsPerEpoch);
            var source = new RenderedShards(spec, data, sampler, Math.Max(options.DataThreads + 1, options.ShardThreads));
            return new TrainingRun(
                spec,
                TrainingParts.Of(
                    spec,
                    MethodCatalog.Create(spec),
                    source,
                    schedule,
                    options.ShardThreads,
                    options.DataThreads,
                    bucketBytes: options.BucketBytes
                ),
                data.Fingerprint
            );
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    /// <summary>A run on views of the caller's own.</summary>
    /// <param name="targets">See <see cref="ShardViews"/>.</param>
    /// <param name="bucketBytes">See <see cref="TrainingOptions"/>.</param>
    public static TrainingRun Over(
        RunSpec spec,
        IPretrainingMethod method,
        IShardSource source,
        RunSchedule schedule,
        int threads,
        int targets = 0,
        int bucketBytes = GradientBucket.DefaultBytes
    ) => new(spec, TrainingParts.Of(spec, method, source, schedule, threads, dataThreads: 0, targets, bucketBytes), "");

    /// <summary>Told what each commit made, on the thread that runs the step; null: nobody wants to know.</summary>
    public Action<CommittedStep>? Committed { get; set; }

    /// <summary>Takes the phases of each step from the next one on; null: nobody wants to know. Who gave it disposes of it, after the run.</summary>
    public StepTrace? Trace
    {
        get => parts.Trace;
        set => parts.Trace = value;
    }

    /// <summary>Measures, between steps and for 0.12 s, how fast the shard threads multiply matrices: what the speed of steps is a share of.</summary>
    public Utilization MeasureUtilization() =>
        new(ModelFlops.OfStep(Spec), ProductRate.Measure(parts.Gang, Spec.Precision), Spec.Batch.Shards);

    /// <summary>On the calling thread: a step that others committed, applied to the state before it.</summary>
    public void Replay(CommittedStep committed) => replay.Apply(committed);

    /// <summary>One optimizer step on the calling thread: see <see cref="TrainStep.Run"/>.</summary>
    public StepRow Step(ProcessGroup group, Action<StepMoment>? moment = null)
    {
        if (!ReferenceEquals(group, stepGroup))
        {
            step?.Dispose();
            parts.Gradients.MoveTo(group.Arena);
            step = new TrainStep(parts, comparison, group);
            stepGroup = group;
        }

        try
        {
            return step!.Run(moment, Committed);
        }
        catch
        {
            parts.Gradients.Reclaim();
            throw;
        }
    }

    /// <summary>Between steps, on the calling thread of every rank: after a step with a full audit the ranks compare their states.</summary>
    /// <exception cref="CorruptionException">They differ.</exception>
    /// <exception cref="CollectiveException">A peer was lost; the state stands.</exception>
    public void CompareStates(ProcessGroup group) => comparison.CheckIfDue(group);

    /// <summary>From any thread: a step before its commit throws <see cref="StepAbortedException"/> at the next shard boundary, until cleared.</summary>
    public void Abort(string reason) => parts.Gang.Abort(reason);

    public void ClearAbort() => parts.Gang.ClearAbort();

    public void Dispose()
    {
        step?.Dispose();
        parts.Dispose();
    }

    private static IReadOnlyList<int> GroupsOf(RunSpec spec, IDataSet data) =>
        data.GroupStarts
        ?? throw new DataException(
            $"data.sampling: balanced needs data with groups (volumes, or a table with a column of patients, exams or speakers: data.columns.group), and {spec.Data.Source} has none; take uniform"
        );

    /// <summary>What the probes need is found now, and not when days of training are over.</summary>
    private static void CheckProbes(RunSpec spec, IDataSet data)
    {
        try
        {
            ProbeImages.Of(spec, data);
        }
        catch (EvaluationException exception)
        {
            throw new DataException(exception.Message, exception);
        }
    }
}
