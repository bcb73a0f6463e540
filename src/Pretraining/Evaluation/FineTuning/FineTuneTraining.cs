using Orchestrator.Collectives;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Optimization;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Evaluation.FineTuning;

/// <summary>One training of a whole network on labels, by the engine of the runs, so its weights do not depend on the number of threads.</summary>
/// <param name="run">Whose network is trained on.</param>
/// <param name="recipe">How.</param>
/// <param name="threads">That compute shards.</param>
internal sealed class FineTuneTraining(RunSpec run, FineTuneSpec recipe, int threads)
{
    /// <summary>Trains, and lends what came out.</summary>
    /// <param name="spec">Of the training: <see cref="FineTuneRunSpec"/>.</param>
    /// <param name="weights">Of the network that is trained on.</param>
    /// <param name="method">How a step learns.</param>
    /// <param name="shards">What it learns from.</param>
    /// <param name="stepDone">Told after each step.</param>
    /// <param name="use">Is given the weights to judge, while they are there.</param>
    /// <exception cref="EvaluationException">A step was not finite.</exception>
    public T Run<T>(
        RunSpec spec,
        FlatTensor weights,
        IPretrainingMethod method,
        ILabeledShards shards,
        Action stepDone,
        Func<FlatTensor, T> use,
        CancellationToken cancellation
    )
    {
        using var training = TrainingRun.Over(spec, method, shards, Schedule(spec, shards.StepsPerEpoch), threads, shards.Targets);
        PretrainedBackbone.Copy(weights, run.Backbone, training.State.Student, spec.Backbone);
        using var group = ProcessGroup.Alone(spec.Batch.Shards);
        try
        {
            for (var step = 0L; step < training.TotalSteps; step++)
            {
                cancellation.ThrowIfCancellationRequested();
                training.Step(group);
                stepDone();
            }
        }
        catch (NonFiniteException exception)
        {
            throw new EvaluationException($"fine-tuning: {exception.Message}; lower finetune.optimizer.baseLearningRate");
        }

        return use(training.State.Teacher ?? training.State.Student);
    }

    /// <summary>Steps that a training on so many labels takes.</summary>
    public static long Steps(RunSpec spec, int labels) => RunSchedules.Of(spec, Sampler(spec, labels).StepsPerEpoch).TotalSteps;

    /// <summary>The order in which so many labeled samples (or exams) are gone through, those of fewer than a batch several times.</summary>
    public static ShardSampler Sampler(RunSpec spec, int labels)
    {
        var rounds = (spec.Batch.Size + labels - 1) / labels;
        return new ShardSampler(spec.Seed, (long)rounds * labels, spec.Batch.Size, spec.Batch.Shards, LastBatch.Wrap);
    }

    private RunSchedule Schedule(RunSpec spec, long stepsPerEpoch)
    {
        var schedule = RunSchedules.Of(spec, stepsPerEpoch);
        var first = Math.Min((long)(recipe.AverageFrom * schedule.TotalSteps), schedule.TotalSteps - 1);
        return schedule with
        {
            LearningRateScale = segment => LayerDecay.Scale(segment.Name, spec.Backbone.Custom.Depth, recipe.LayerDecay),
            // The mean of the weights after the steps from the first on: before it there is nothing to keep.
            TeacherMomentum = step => step <= first ? 0 : 1 - (1.0 / (step - first + 1)),
        };
    }
}
