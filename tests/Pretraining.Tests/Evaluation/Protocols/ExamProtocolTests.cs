using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Evaluation;
using Orchestrator.Pretraining.Tests.Data;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation.Protocols;

/// <summary>A checkpoint judged by exams: the samples' slabs in three planes, as the sample file says it.</summary>
public sealed class ExamProtocolTests : IDisposable
{
    private const string Slabs = "volumes: brain-slabs, layout: mrnet, labels: cerebellum";
    private readonly TinyRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public void The_sample_file_judges_planes_and_their_fusion_and_threads_do_not_show()
    {
        var spec = Spec();
        using var state = run.WriteCheckpoint(spec);
        var document = File.ReadAllText(Path.Combine(DataFolder.Samples, "evaluations", "exams.yaml"));
        var one = Judge(spec, document, 1);
        Assert.Equal(new ExamCounts(30, 10), one.Exams);
        // 8 slices an exam in each of three planes.
        Assert.Equal((720, 240, 2), (one.Training, one.Test, one.Classes));
        Assert.Equal(
            from plane in new[] { "axial", "coronal", "sagittal", "fused" }
            from pooling in new[] { "mean", "max", "attention" }
            select $"{plane} {pooling}",
            one.Figures.Select(f => f.Setting).Distinct()
        );
        Assert.Equal(12 * 4 * 3, one.Figures.Count);
        Assert.All(one.Figures, f => Assert.InRange(f.Value, f.Low!.Value, f.High!.Value));
        foreach (var line in one.Figures.GroupBy(f => (f.Setting, f.Metric)))
        {
            // The checkpoint is of the initial weights.
            var by = line.ToDictionary(f => f.Network, f => f.Value);
            Assert.Equal(by[JudgedFeatures.Random], by[JudgedFeatures.Pretrained]);
        }

        var two = Judge(spec, document, 2);
        Assert.Equal(one.Figures.Select(f => (f.Value, f.Low, f.High)), two.Figures.Select(f => (f.Value, f.Low, f.High)));
    }

    [Fact]
    public void Exams_stand_beside_protocols_of_slices_in_the_order_asked_for()
    {
        var spec = Spec();
        using var state = run.WriteCheckpoint(spec);
        var found = Judge(spec, "{ protocols: [exams, knn], pooling: mean, planes: coronal, baselines: false }");
        Assert.Equal((240, 80, 2), (found.Training, found.Test, found.Classes));
        Assert.Equal([EvaluationProtocol.Exams, EvaluationProtocol.Knn], found.Figures.Select(f => f.Protocol).Distinct());
        Assert.Equal(4, found.Figures.Count(f => f.Setting == "coronal mean"));
        Assert.All(found.Figures, f => Assert.Equal(f.Protocol == EvaluationProtocol.Exams, f.Low is not null));
        // One plane: nothing is fused, and the same figures come of it as one of several.
        var several = Judge(spec, "{ protocols: exams, pooling: mean, planes: [axial, coronal], baselines: false }");
        Assert.Equal(
            found.Figures.Where(f => f.Setting == "coronal mean").Select(f => f.Value),
            several.Figures.Where(f => f.Setting == "coronal mean").Select(f => f.Value)
        );
    }

    [Fact]
    public void Arrays_have_no_other_plane_than_their_own()
    {
        Directory.CreateDirectory(Path.Combine(run.Data, "arrays"));
        foreach (var (i, file) in Directory.GetFiles(Path.Combine(DataFolder.Samples, "brain-slabs", "train", "axial")).Order().Index())
        {
            File.Copy(file, Path.Combine(run.Data, "arrays", $"{i}.npy"));
        }

        var labels = Enumerable.Range(0, 30).Select(i => $"{i}.npy,{i % 2}");
        File.WriteAllLines(Path.Combine(run.Data, "arrays.csv"), labels.Prepend("path,label"));
        var data = "data: { volumes: arrays, labels: arrays.csv, holdOut: 10 }";
        var spec = Spec();
        var problem = Assert.Throws<DataException>(() =>
            Judge(spec, $"{{ protocols: exams, planes: [axial, coronal], {data} }}", data: run.Data)
        );
        Assert.Contains("so it has no coronal slices", problem.Message, StringComparison.Ordinal);
        using var state = run.WriteCheckpoint(spec);
        var found = Judge(spec, $"{{ protocols: exams, pooling: max, baselines: false, {data} }}", data: run.Data);
        Assert.Equal((new ExamCounts(20, 10), "axial max"), (found.Exams, found.Figures.Select(f => f.Setting).Distinct().Single()));
    }

    [Fact]
    public void More_classes_than_two_are_told_before_anything_is_computed()
    {
        Directory.CreateDirectory(Path.Combine(run.Data, "arrays"));
        var file = Directory.GetFiles(Path.Combine(DataFolder.Samples, "brain-slabs", "train", "axial")).Order().First();
        foreach (var name in new[] { "a", "b", "c", "d" })
        {
            File.Copy(file, Path.Combine(run.Data, "arrays", $"{name}.npy"));
        }

        File.WriteAllText(Path.Combine(run.Data, "arrays.csv"), "path,label\na.npy,torn\nb.npy,worn\nc.npy,sound\nd.npy,torn\n");
        // No checkpoint: nothing is read before the data is found to fit.
        var document = "{ protocols: exams, data: { volumes: arrays, labels: arrays.csv, holdOut: 1 } }";
        var problem = Assert.Throws<EvaluationException>(() => Judge(Spec(), document, data: run.Data));
        Assert.Contains("the labels are of 3: sound, torn, worn", problem.Message, StringComparison.Ordinal);
    }

    private EvaluationResult Judge(RunSpec spec, string document, int threads = 1, string? data = null) =>
        run.Judge(spec, document, threads, data: data ?? DataFolder.Samples);

    private static RunSpec Spec()
    {
        var result = RunSpecParser.Parse(
            $$"""
            method: gmml
            data: { {{Slabs}}, plane: axial, holdOutSplit: valid }
            budget: { steps: 10 }
            batch: { size: 16, shards: 4 }
            backbone: { custom: { patch: 8, dim: 16, depth: 2, heads: 2 }, image: 16, channels: 1 }
            options: { augmentation: { normalization: { mean: 0.3, deviation: 0.15 } } }
            """
        );
        Assert.Empty(result.Errors);
        return result.Spec!;
    }
}
