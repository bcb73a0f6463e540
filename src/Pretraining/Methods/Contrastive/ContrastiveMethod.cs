using System.Runtime.InteropServices;
using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Heads;
using Orchestrator.Pretraining.Objectives;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Methods.Contrastive;

/// <summary>
/// Contrastive learning as MoCo-v3 (Chen, Xie, He 2021): a query of one view is to find the momentum encoder's key of the other view among the
/// keys of the global batch, in both directions: loss = 2 τ · (InfoNCE(q1, k2) + InfoNCE(q2, k1)). Projector and predictor have batch norm over
/// the global batch; the teacher moves before its keys, which is after the step before, with this step's momentum.
/// </summary>
/// <remarks>
/// The heads need statistics of the whole batch between their layers. So the backbone's features are computed first, without gradients; the
/// heads run forward and back over all shards; then each shard's backbone runs again and goes back from its features' gradient (GradCache, Gao
/// et al. 2021). It costs a forward pass and keeps no graph of one shard while another is computed.
/// </remarks>
public sealed class ContrastiveMethod : IPretrainingMethod
{
    private readonly RunSpec spec;
    private readonly ContrastiveOptions options;
    private readonly DropPath dropPath;
    private readonly int dim;
    private readonly GlobalMlp projector;
    private readonly GlobalMlp predictor;
    private readonly GlobalMlp keys;

    public ContrastiveMethod(RunSpec spec)
    {
        this.spec = spec;
        options = spec.Options.Contrastive!;
        dim = spec.Backbone.Custom.Dim;
        dropPath = new DropPath(spec.Seed, spec.Backbone.DropPath, spec.Backbone.Custom.Depth);
        var groups = options.Statistics == BatchStatistics.PerView ? 2 : 1;
        projector = new GlobalMlp(work => work.Memory<ContrastiveMemory>().Projector, groups);
        predictor = new GlobalMlp(work => work.Memory<ContrastiveMemory>().Predictor, groups);
        keys = new GlobalMlp(work => work.Memory<ContrastiveMemory>().Keys, groups);
    }

    public IReadOnlyList<string> LossTerms { get; } = ["contrastive"];

    public bool HasTeacher => true;

    public bool TeacherLeads => options.TeacherLeads;

    public IReadOnlyList<(string Name, int Length)> Centers { get; } = [];

    public PretrainingNetwork CreateNetwork() => NetworkFactory.Create(spec);

    public object CreateShardMemory(int rows) => new ContrastiveMemory(rows, dim, options);

    public void PrepareShard(ShardWork work, PretrainingNetwork student, PretrainingNetwork? teacher, StepContext step)
    {
        var memory = work.Memory<ContrastiveMemory>();
        Values(Features(student, work, step)).CopyTo(memory.Projector.Input);
        Values(teacher!.ImageFeatures(work.Views.Clean, dropPath: null)).CopyTo(memory.Keys.Input);
    }

    public void ExchangeStatistics(StepContext step)
    {
        var (student, teacher) = (step.Student.Contrastive!, step.Teacher!.Contrastive!);
        keys.Forward(step, teacher.Projector);
        projector.Forward(step, student.Projector);
        step.ForEachShard(work =>
        {
            var memory = work.Memory<ContrastiveMemory>();
            memory.Projector.Output.CopyTo(memory.Predictor.Input, 0);
        });
        predictor.Forward(step, student.Predictor);
        Contrast(step);
        predictor.Backward(step, student.Predictor);
        step.ForEachShard(work =>
        {
            var memory = work.Memory<ContrastiveMemory>();
            memory.Predictor.Input.CopyTo(memory.Projector.Output, 0);
        });
        projector.Backward(step, student.Projector);
    }

    public void BackwardShard(ShardWork work, PretrainingNetwork student, StepContext step)
    {
        var memory = work.Memory<ContrastiveMemory>();
        AddGradients(student.Contrastive!.Projector, memory.Projector);
        AddGradients(student.Contrastive.Predictor, memory.Predictor);
        var features = Features(student, work, step);
        autograd.backward([features], [AlignedTensor.Of(memory.Projector.Input, features.shape)]);
        work.Losses = [memory.Loss];
        work.Health = new double[HealthLength];
        work.Keep(Values(features.detach()));
        FeatureSpread.Add(Values(features.detach()), work.Health.AsSpan(1));
        work.Health[0] = memory.Found;
    }

    public int HealthLength => 1 + (2 * dim);

    public IReadOnlyList<HealthFigure> Health(ReadOnlySpan<double> sums, StepContext step) =>
        [
            new HealthFigure(HealthFigures.FeatureDeviation, FeatureSpread.Deviation(sums[1..], step.ViewRows)),
            new HealthFigure(HealthFigures.Agreement, sums[0] / step.ViewRows),
        ];

    public void AfterCommit(StepContext step)
    {
        // Nothing runs.
    }

    /// <summary>From queries and keys to the loss and the queries' gradient, which takes their place.</summary>
    private void Contrast(StepContext step)
    {
        step.ForEachShard(work =>
        {
            var memory = work.Memory<ContrastiveMemory>();
            UnitRows.Normalize(memory.Keys.Output, options.Dim, memory.Norms);
            UnitRows.Normalize(memory.Queries, options.Dim, memory.Norms);
        });
        // [V, 2, m, dim] → two of [B, dim].
        var gathered = step.Gather(work => work.Memory<ContrastiveMemory>().Keys.Output);
        var half = gathered.Length / step.Shards / 2;
        var byView = new float[2][];
        for (var view = 0; view < 2; view++)
        {
            byView[view] = new float[gathered.Length / 2];
            for (var shard = 0; shard < step.Shards; shard++)
            {
                gathered.AsSpan(((2 * shard) + view) * half, half).CopyTo(byView[view].AsSpan(shard * half));
            }
        }

        step.ForEachShard(work => Contrast(work, byView, step.BatchSize));
    }

    private void Contrast(ShardWork work, float[][] keysOfViews, int batch)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var memory = work.Memory<ContrastiveMemory>();
        var queries = memory.Queries;
        var rows = memory.Norms.Length / 2;
        var gradient = new float[queries.Length];
        // 2 τ · mean over the batch.
        var scale = 2 * options.Temperature / batch;
        (memory.Loss, memory.Found) = (0, 0);
        for (var view = 0; view < 2; view++)
        {
            var half = queries.Length / 2;
            var query = AlignedTensor.Of(queries.AsSpan(view * half, half), rows, options.Dim);
            var key = AlignedTensor.Of(keysOfViews[1 - view], batch, options.Dim);
            var similarities = matmul(query, key.t()).contiguous();
            var (sum, found) = InfoNce.SumAndGradient(
                MemoryMarshal.Cast<byte, float>(similarities.bytes),
                batch,
                work.Shard * rows,
                options.Temperature,
                scale
            );
            memory.Loss += scale * sum;
            memory.Found += found;
            Values(matmul(similarities, key)).CopyTo(gradient.AsSpan(view * half, half));
        }

        UnitRows.Backward(queries, options.Dim, memory.Norms, gradient);
        gradient.CopyTo(queries, 0);
    }

    private Tensor Features(PretrainingNetwork student, ShardWork work, StepContext step) =>
        student.ImageFeatures(work.Views.Clean, dropPath.Draw(work.Views), front: work.Front);

    private static void AddGradients(BatchNormMlp mlp, MlpTrace trace)
    {
        for (var l = 0; l < mlp.Layers.Count; l++)
        {
            var layer = mlp.Layers[l];
            Add(layer.Weight, trace.Weights[l]);
            Add(layer.Scale, trace.Scales[l]);
            Add(layer.Shift, trace.Shifts[l]);
        }
    }

    private static void Add(Tensor? parameter, float[] part)
    {
        if (parameter?.grad is { } gradient)
        {
            System.Numerics.Tensors.TensorPrimitives.Add(Values(gradient), part, MemoryMarshal.Cast<byte, float>(gradient.bytes));
        }
    }

    private static ReadOnlySpan<float> Values(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.contiguous().bytes);
}
