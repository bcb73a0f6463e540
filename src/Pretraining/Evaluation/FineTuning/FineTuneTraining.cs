using Orchestrator.Collectives;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Optimization;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Evaluation.FineTuning;

/// <summary>One training of a whole network on labels, by the engine of the runs, so its weights do not depend on the number of threads.</summary>
/// <param name="run">Whose network is trained on.</param>
/// <param name="recipe">How.</param>
/// <param name="data">Opened for <see cref="FineTuneRunSpec"/>.</param>
/// <param name="classes">K.</param>
/// <param name="ofPatches">See <see cref="FineTuneMethod"/>.</param>
/// <param name="threads">That compute shards.</param>
internal sealed class FineTuneTraining(RunSpec run, FineTuneSpec recipe, IDataSet data, int classes, bool ofPatches, int threads)
{
    /// <summary>Trains, and lends what came out.</summary>
    /// <param name="spec">Of the training: <see cref="FineTuneRunSpec"/>.</param>
    /// <param name="weights">Of the network that is trained on.</param>
    /// <param name="labeled">Samples to learn from.</param>
    /// <param name="stepDone">Told after each step.</param>
    /// <param name="use">Is given the method and the weights to judge, while they are there.</param>
    /// <exception cref="EvaluationException">A step was not finite.</exception>
    public T Run<T>(
        RunSpec spec,
        FlatTensor weights,
        int[] labeled,
        Action stepDone,
        Func<FineTuneMethod, FlatTensor, T> use,
        CancellationToken cancellation
    )
    {
        var method = new FineTuneMethod(spec, recipe, classes, ofPatches);
        var shards = new FineTuneShards(spec, recipe, data, labeled, new LabelTargets(data, classes, recipe.LabelSmoothing), threads);
        using var training = TrainingRun.Over(spec, method, shards, Schedule(spec, shards.StepsPerEpoch), threads, classes);
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

        return use(method, training.State.Teacher ?? training.State.Student);
    }

    /// <summary>Steps that a training on so many labels takes.</summary>
    public static long Steps(RunSpec spec, int labels) =>
        RunSchedules.Of(spec, FineTuneShards.Sampler(spec, labels).StepsPerEpoch).TotalSteps;

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
