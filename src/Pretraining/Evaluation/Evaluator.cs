using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Orchestrator.Pretraining.Checkpoints;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Training;
using Orchestrator.Pretraining.Views;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Evaluation;

/// <summary>Judges a checkpoint by the probes of its spec and writes the encoder with its papers.</summary>
public static class Evaluator
{
    public const string EncoderName = "encoder.safetensors";
    public const string TeacherName = "teacher-encoder.safetensors";
    public const string ExampleName = "example.safetensors";
    public const string PictureName = "reconstruction.png";
    public const string CardName = "model-card.md";
    public const string ViewName = "evaluation.json";

    private static readonly JsonSerializerOptions Indented = new(RunSpecJson.Options) { WriteIndented = true };

    /// <summary>
    /// Computes on threads of its own while the caller's waits. The figures and files are a function of spec, data and checkpoint.
    /// Files appear in the artifact folder one by one, each whole; <see cref="ViewName"/> last.
    /// </summary>
    /// <param name="spec">The run's spec: its probes are run; those not asked for are null in the view.</param>
    /// <param name="worker">Who evaluates, for the view.</param>
    /// <param name="progress">Told on any thread.</param>
    /// <exception cref="EvaluationException">The probes cannot be run on this data: found before anything is computed.</exception>
    /// <exception cref="DataException">The images or labels cannot be read.</exception>
    /// <exception cref="CheckpointException">The checkpoint is damaged or of another network, or a file cannot be written.</exception>
    public static EvaluationView Evaluate(
        RunSpec spec,
        EvaluationOptions options,
        string worker,
        CancellationToken cancellation,
        Action<EvaluationProgress>? progress = null
    )
    {
        var begun = Stopwatch.GetTimestamp();
        var folder = options.ArtifactFolder();
        using var data = DataSets.Open(options.Data, spec);
        var chosen = spec.Probes.Count == 0 ? null : ProbeImages.Of(spec, data);
        // A user of the encoder computes in fp32, so it is judged in fp32, whatever it was trained in.
        var method = MethodCatalog.Create(spec with { Precision = Precision.Fp32 });
        using var random = InitialState.Create(spec, method);
        using var trained = random.CreateLike();
        var manifest = CheckpointFolder.Read(options.StorageRoot, options.CheckpointPath, trained);
        using var gang = new ShardGang(options.Threads, "evaluation");
        using var network = FrozenNetwork.Over(method, trained.Student);
        var extractor = new FeatureExtractor(NetworkFactory.Shape(spec.Backbone), spec.Options);
        var view = new EvaluationView
        {
            Protocol = UnalignedProtocol.Name,
            Digest = manifest.Digest,
            TrainImages = chosen?.Training.Length ?? 0,
            TestImages = chosen?.Test.Length ?? 0,
            Features = extractor.Name,
            Seconds = 0,
            Worker = worker,
        };
        if (chosen is not null)
        {
            using var initial = FrozenNetwork.Over(method, random.Student);
            var pass = new FeaturePass(data, extractor, new PatchLayout(data.ViewSize, spec.Backbone.Custom.Patch));
            var total = FeaturePass.Batches(chosen.Training.Length) + FeaturePass.Batches(chosen.Test.Length);
            var counted = EvaluationProgress.Counter("features", total, progress);
            var training = pass.Run(chosen.Training, [initial.Backbone, network.Backbone], gang, counted, cancellation);
            var test = pass.Run(chosen.Test, [initial.Backbone, network.Backbone], gang, counted, cancellation);
            var suite = new ProbeSuite(spec.Probes.Select(p => p.Protocol), chosen, training, test);
            suite.Run(gang, EvaluationProgress.Counter("probes", suite.Count, progress), cancellation);
            view = suite.Fill(view);
        }

        cancellation.ThrowIfCancellationRequested();
        using var teacher = trained.Teacher is null ? null : FrozenNetwork.Over(method, trained.Teacher);
        IReadOnlyList<NamedFloats> example = [];
        gang.ForEach(1, (_, _) => example = EncoderExample.Compute(data, Shown(data, chosen), network.Backbone, teacher?.Backbone));
        byte[]? picture = null;
        if (spec.Options.Reconstruction is not null)
        {
            gang.ForEach(1, (_, _) => picture = ReconstructionPicture.Draw(spec, data, Shown(data, chosen), network));
        }

        view = view with { Seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds };
        WriteArtifacts(spec, options, folder, trained, manifest, example, picture, view, progress);
        return view;
    }

    /// <summary>Test images; where nothing is held out, the last images.</summary>
    private static int[] Shown(IDataSet data, ProbeImages? chosen)
    {
        var count = data.HeldOutCount > 0 ? data.HeldOutCount : Math.Min(8, data.Count);
        return chosen?.Test ?? [.. Enumerable.Range(data.Count - count, count)];
    }

    private static void WriteArtifacts(
        RunSpec spec,
        EvaluationOptions options,
        string folder,
        TrainingState trained,
        CheckpointManifest manifest,
        IReadOnlyList<NamedFloats> example,
        byte[]? picture,
        EvaluationView view,
        Action<EvaluationProgress>? progress
    )
    {
        var run = options.Run;
        Directory.CreateDirectory(folder);
        var written = EvaluationProgress.Counter("artifacts", 4 + (trained.Teacher is null ? 0 : 1) + (picture is null ? 0 : 1), progress);
        EncoderFile.Write(Path.Combine(folder, EncoderName), spec, run, manifest.Step, trained.Student);
        List<ModelFile> files = [ModelFile.Of(folder, EncoderName, "the student's encoder, which probes judge")];
        written();
        if (trained.Teacher is { } teacher)
        {
            EncoderFile.Write(Path.Combine(folder, TeacherName), spec, run, manifest.Step, teacher);
            files.Add(ModelFile.Of(folder, TeacherName, "the encoder of its EMA teacher"));
            written();
        }

        SafetensorsFile.Write(Path.Combine(folder, ExampleName), example, new Dictionary<string, string>(StringComparer.Ordinal));
        files.Add(ModelFile.Of(folder, ExampleName, "inputs, and what each encoder makes of them"));
        written();

        if (picture is not null)
        {
            WholeFile.Write(Path.Combine(folder, PictureName), picture);
            written();
        }

        var card = ModelCard.Write(spec, run, manifest.Step, manifest.WeightsSha256, view, files, options.AuditSha256);
        WholeFile.Write(Path.Combine(folder, CardName), Encoding.UTF8.GetBytes(card));
        written();
        WholeFile.Write(Path.Combine(folder, ViewName), JsonSerializer.SerializeToUtf8Bytes(view, Indented));
        written();
    }
}
