using Orchestrator.Collectives;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Runs;
using TorchSharp;

namespace Orchestrator.Benchmarks.ExactSum;

/// <summary>A run of GMML by hand, so that each shard's gradient can be seen and summed in another way.</summary>
internal sealed class ShardGradients : IDisposable
{
    private readonly RunSpec spec;
    private readonly TrainingParts parts;
    private readonly ShardWork[] works;
    private readonly FlatTensor sum;
    private readonly Commit commit;
    private readonly ProcessGroup group;
    private readonly ShardSums sums;
    private double masked;

    /// <param name="specPath">Of a GMML run.</param>
    /// <param name="dataRoot">Of its data.</param>
    public ShardGradients(string specPath, string dataRoot)
    {
        spec = BenchmarkSpec.Parse(File.ReadAllText(specPath));
        if (spec.Method != MethodName.Gmml)
        {
            throw new BadWordsException($"{specPath}: a run of gmml was expected");
        }

        var data = DataSets.Open(new DataLocation(dataRoot), spec);
        var sampler = new ShardSampler(spec.Seed, data.PretrainingCount, spec.Batch.Size, spec.Batch.Shards);
        var source = new RenderedShards(spec, data, sampler, 1);
        var method = MethodCatalog.Create(spec);
        parts = TrainingParts.Of(spec, method, source, RunSchedules.Of(spec, sampler.StepsPerEpoch), shardThreads: 1, dataThreads: 0);
        works = [.. Enumerable.Range(0, spec.Batch.Shards).Select(parts.CreateWork)];
        sum = new FlatTensor(parts.State.Layout);
        commit = new Commit(parts);
        group = ProcessGroup.Alone(spec.Batch.Shards);
        sums = new ShardSums(group);
    }

    public int Shards => spec.Batch.Shards;

    public int Length => parts.State.Layout.TotalLength;

    /// <summary>One step.</summary>
    /// <param name="add">Adds the shards' gradients up, into the last argument.</param>
    /// <returns>The loss.</returns>
    public double Step(Action<IReadOnlyList<FlatTensor>, FlatTensor> add)
    {
        var step = parts.State.Step;
        foreach (var work in works)
        {
            work.Prepared = parts.Data.TakeOther(step, work.Shard, 0);
        }

        masked = works.Sum(work => work.Views.MaskedCount);
        var context = Context(step);
        var gradients = works.Select(_ => parts.Gradients.Take()).ToList();
        // On the shard thread, which has one torch thread.
        parts.Gang.ForEach(
            works.Length,
            (_, i) =>
            {
                using var scope = torch.NewDisposeScope();
                parts.Method.BackwardShard(works[i], parts.Replicas.Student(0, gradients[i]), context);
            }
        );
        add(gradients, sum);
        commit.Measure(sum, step);
        commit.Apply(sum, step);
        parts.State.SetStep(step + 1, 0);
        gradients.ForEach(parts.Gradients.Give);
        foreach (var work in works)
        {
            parts.Data.Return(work.Views);
            work.Prepared = null;
        }

        return works.Sum(work => work.Losses[0]);
    }

    public void Dispose()
    {
        sums.Dispose();
        group.Dispose();
        sum.Dispose();
        Array.ForEach(works, work => work.Dispose());
        parts.Dispose();
    }

    private StepContext Context(long step) =>
        new()
        {
            Step = step,
            Epoch = 0,
            TeacherTemperature = 0,
            BatchSize = spec.Batch.Size,
            Shards = spec.Batch.Shards,
            Student = parts.Replicas.Student(0),
            Teacher = null,
            Local = works,
            Sums = sums,
            Centers = null,
            ForEachShard = action => Array.ForEach(works, action),
            Gather = _ => [],
            Maximum = _ => 0,
            MaskedScale = _ => 1 / masked,
        };
}
