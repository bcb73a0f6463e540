using Orchestrator.Collectives;
using Orchestrator.Pretraining.Corruption;
using Orchestrator.Pretraining.Data;
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
    private TrainStep? step;
    private ProcessGroup? stepGroup;

    private TrainingRun(RunSpec spec, TrainingParts parts, string dataFingerprint)
    {
        Spec = spec;
        this.parts = parts;
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
        if (GroupMasking.Problems(RenderedShards.SizeOf(spec), spec.Options.Corruption) is [var problem, ..])
        {
            throw new DataException($"options.corruption: {problem}.");
        }

        var images = ImageSources.Open(options.DataRoot, spec.Data.Images, spec.Data.Labels, spec.Backbone.Channels);
        try
        {
            var samples = images.Count - spec.Data.HoldOut;
            if (samples < spec.Batch.Size)
            {
                throw new DataException(
                    $"{spec.Data.Images}: {images.Count} images less data.holdOut {spec.Data.HoldOut} are fewer than batch.size, {spec.Batch.Size}: a step needs a whole batch."
                );
            }

            var sampler = new ShardSampler(spec.Seed, samples, spec.Batch.Size, spec.Batch.Shards);
            var schedule = RunSchedules.Of(spec, sampler.StepsPerEpoch);
            var source = new RenderedShards(spec, images, sampler, options.ShardThreads);
            return new TrainingRun(
                spec,
                Build(spec, MethodCatalog.Create(spec), source, schedule, options.ShardThreads),
                images.Fingerprint
            );
        }
        catch
        {
            images.Dispose();
            throw;
        }
    }

    /// <summary>A run on views of the caller's own.</summary>
    public static TrainingRun Over(RunSpec spec, IPretrainingMethod method, IShardSource source, RunSchedule schedule, int threads) =>
        new(spec, Build(spec, method, source, schedule, threads), "");

    /// <summary>One optimizer step on the calling thread: see <see cref="TrainStep.Run"/>.</summary>
    public StepRow Step(ProcessGroup group, Action<StepMoment>? moment = null)
    {
        if (!ReferenceEquals(group, stepGroup))
        {
            step?.Dispose();
            step = new TrainStep(parts, group);
            stepGroup = group;
        }

        try
        {
            return step!.Run(moment);
        }
        catch
        {
            parts.Gradients.Reclaim();
            throw;
        }
    }

    /// <summary>From any thread: a step before its commit throws <see cref="StepAbortedException"/> at the next shard boundary, until cleared.</summary>
    public void Abort(string reason) => parts.Gang.Abort(reason);

    public void ClearAbort() => parts.Gang.ClearAbort();

    public void Dispose()
    {
        step?.Dispose();
        parts.Dispose();
    }

    private static TrainingParts Build(RunSpec spec, IPretrainingMethod method, IShardSource source, RunSchedule schedule, int threads)
    {
        var shape = NetworkFactory.Shape(spec.Backbone);
        var state = InitialState.Create(spec, method);
        return new TrainingParts
        {
            Method = method,
            Source = source,
            State = state,
            Schedule = schedule,
            Gang = new ShardGang(threads, spec.Name),
            Replicas = new ShardReplicas(method, state, threads),
            Gradients = new GradientPool(state.Layout),
            Rows = spec.Options.Views * spec.Batch.MicroBatch,
            Patches = shape.Patches,
            PatchValues = shape.PatchValues,
        };
    }
}
