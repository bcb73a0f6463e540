using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Shared.Tests.Runs;

public sealed class RunSpecParserTests
{
    private const string Shortest = "method: gmml\ndata: { images: photos }\n";

    [Fact]
    public void Method_and_data_alone_take_the_papers_values()
    {
        var spec = Valid(Shortest);
        Assert.Equal(new NetworkSpec(16, 384, 12, 6), spec.Backbone.Custom);
        Assert.Equal([6, 8, 10, 12], spec.Options.Reconstruction!.Blocks);
        Assert.Equal(new Interval(0.5, 0.75), spec.Options.Corruption!.Area);
        Assert.Equal(0.1, spec.Backbone.DropPath);
        Assert.Equal(800, spec.Budget.Epochs);
        Assert.Null(spec.Options.Prototypes);
    }

    [Theory]
    [InlineData("gmml", "images", "noise", 0.5)]
    [InlineData("gmml", "images", "[ noise, zeros ]", 1.0 / 3)]
    [InlineData("mim", "images", "[ noise, zeros, same-image ]", 0.25)]
    [InlineData("mim-clustering", "images", "[ noise, zeros ]", 0.5)]
    [InlineData("asit", "audio", "[ zeros, time, frequency ]", 0.5)]
    [InlineData("gmml", "audio", "time", 0.5)]
    public void The_more_kinds_of_fill_the_rarer_the_replacement_of_gmml(string method, string data, string fill, double probability)
    {
        var spec = Valid($"method: {method}\ndata: {{ {data}: a }}\noptions: {{ corruption: {{ fill: {fill} }} }}");
        Assert.Equal(probability, spec.Options.Corruption!.Replace.Probability);
        Assert.Equal(fill.Split(',').Length, spec.Options.Corruption.Fill.Kinds.Count);
        var json = RunSpecJson.Write(spec);
        Assert.Equal(spec.Options.Corruption, Valid(json).Options.Corruption);
        Assert.Contains($"\"fill\":{(fill[0] == '[' ? "[\"" : "\"")}", json, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gmml", "{}", ScheduleKind.ByStep, 1e-6)]
    [InlineData("contrastive", "{}", ScheduleKind.MocoV3, 0)]
    [InlineData("contrastive", "{ schedule: by-step }", ScheduleKind.ByStep, 1e-6)]
    [InlineData("mim-clustering", "{ schedule: msn }", ScheduleKind.Msn, 1e-6)]
    [InlineData("clustering", "{ schedule: moco-v3, minLearningRate: 1e-5 }", ScheduleKind.MocoV3, 1e-5)]
    public void A_schedule_is_the_methods_unless_it_is_named(string method, string optimizer, ScheduleKind schedule, double minimum)
    {
        var spec = Valid($"method: {method}\ndata: {{ images: a }}\noptimizer: {optimizer}");
        Assert.Equal((schedule, minimum), (spec.Optimizer.Schedule, spec.Optimizer.MinLearningRate));
        Assert.Equal(spec.Optimizer, Valid(RunSpecJson.Write(spec)).Optimizer);
    }

    [Fact]
    public void Project_and_priority_are_read_back_and_stand_in_no_spec_that_has_the_usual_ones()
    {
        var usual = Valid(Shortest);
        Assert.Equal(("default", 0), (usual.ProjectName, usual.Priority));
        Assert.Equal(RunSpecJson.Hash(usual), RunSpecJson.Hash(Valid(Shortest + "project: default\npriority: 0\n")));
        Assert.DoesNotContain("project", RunSpecJson.Write(usual), StringComparison.Ordinal);
        Assert.DoesNotContain("priority", RunSpecJson.Write(usual), StringComparison.Ordinal);
        var urgent = Valid(Shortest + "project: vision\npriority: -100\n");
        Assert.Equal(("vision", -100), (urgent.ProjectName, urgent.Priority));
        var again = Valid(RunSpecJson.Write(urgent));
        Assert.Equal((urgent.Project, urgent.Priority), (again.Project, again.Priority));
    }

    [Theory]
    [InlineData("priority: 101", "priority")]
    [InlineData("priority: high", "priority")]
    [InlineData("project: a/b", "project")]
    public void A_project_or_priority_that_cannot_be_is_refused(string line, string path) =>
        Assert.Equal(path, Assert.Single(RunSpecParser.Parse(Shortest + line).Errors).Path);

    [Fact]
    public void A_full_audit_comes_every_ten_steps_unless_the_spec_says_otherwise()
    {
        Assert.Equal(new AuditSpec(10, 100), Valid(Shortest).Audit);
        var never = Valid(Shortest + "audit: { everySteps: 0 }");
        Assert.Equal(never.Audit, Valid(RunSpecJson.Write(never)).Audit);
        Assert.False(never.Audit.IsDue(0, 1));
        Assert.Equal([0, 4, 6], Enumerable.Range(0, 7).Where(step => new AuditSpec(4).IsDue(step, totalSteps: 7)));
        Assert.Equal("audit.everySteps", Assert.Single(RunSpecParser.Parse(Shortest + "audit: { everySteps: -1 }").Errors).Path);
    }

    [Theory]
    [InlineData("mim-clustering-fashion.yaml")]
    [InlineData("gmml-fashion.yaml")]
    [InlineData("mim-clustering-voice.yaml")]
    [InlineData("gmml-voice.yaml")]
    [InlineData("mim-clustering-brain.yaml")]
    [InlineData("gmml-brain.yaml")]
    public void Samples_are_valid_and_read_back_from_their_json(string sample)
    {
        var spec = Valid(File.ReadAllText(Path.Combine(Root(), "samples", sample)));
        var json = RunSpecJson.Write(spec);
        Assert.Equal(json, RunSpecJson.Write(Valid(json)));
        Assert.Equal(64, RunSpecJson.Hash(spec).Length);
    }

    [Theory]
    [InlineData("gmml", "{}")]
    [InlineData("mim", "{}")]
    [InlineData("clustering", "{}")]
    [InlineData("clustering", "{ tokens: patch, avoidCollapse: me-max }")]
    [InlineData("mim-clustering", "{ tokens: both, avoidCollapse: me-max+sinkhorn, weights: { patch: 2, entropy: 0.5 } }")]
    [InlineData("mim-clustering", "{ avoidCollapse: none, freezePrototypes: 1 }")]
    [InlineData("asit", "{}")]
    [InlineData("sb-ssl", "{}")]
    [InlineData("contrastive", "{ contrastive: { statistics: pooled } }")]
    [InlineData("gmml", "{ localViews: { count: 6 } }")]
    [InlineData("clustering", "{ localViews: { count: 4, image: [64, 96], cropScale: [0.1, 0.3] }, tokens: both }")]
    public void Every_methods_spec_is_read_back_from_its_json(string method, string options)
    {
        var spec = Valid($"method: {method}\ndata: {{ images: a }}\noptions: {options}");
        var json = RunSpecJson.Write(spec);
        Assert.Equal(json, RunSpecJson.Write(Valid(json)));
    }

    [Theory]
    [InlineData("clustering", "{ weights: { reconstruction: 1 } }", "options.weights.reconstruction")]
    [InlineData("clustering", "{ corruption: { fill: zeros } }", "options.corruption")]
    [InlineData("mim-clustering", "{ weights: { patch: 1 } }", "options.weights.patch")]
    [InlineData("mim-clustering", "{ weights: { entropy: 1 } }", "options.weights.entropy")]
    [InlineData("mim-clustering", "{ tokens: patch, prototypes: 8 }", "options.prototypes")]
    [InlineData("gmml", "{ avoidCollapse: centering }", "options.avoidCollapse")]
    [InlineData("contrastive", "{ views: 1 }", "options.views")]
    [InlineData("asit", "{ reconstruction: { hidden: [8, 8] } }", "options.reconstruction.hidden")]
    [InlineData("mim-clustering", "{ avoidCollapse: memax }", "options.avoidCollapse")]
    public void What_a_method_does_not_have_is_refused(string method, string options, string path)
    {
        var result = RunSpecParser.Parse($"method: {method}\ndata: {{ images: a }}\noptions: {options}");
        Assert.Contains(result.Errors, error => error.Path == path);
    }

    [Fact]
    public void Sounds_alone_take_the_papers_spectrogram_and_no_augmentation()
    {
        var spec = Valid("method: gmml\ndata: { audio: sounds }");
        Assert.Equal(new SpectrogramOptions(), spec.Options.Spectrogram);
        Assert.Equal((592, 128, 1), (spec.Backbone.Height, spec.Backbone.Width, spec.Backbone.Channels));
        Assert.Null(spec.Options.Augmentation);
        Assert.Null(Valid(Shortest).Options.Spectrogram);
    }

    [Fact]
    public void Frames_and_mel_bands_of_a_spectrogram_are_the_backbones_and_stand_once_in_json()
    {
        var spec = Valid(
            "method: gmml\ndata: { audio: sounds }\nbackbone: { custom: { patch: 8 }, image: [96, 40] }\noptions: { spectrogram: { sampleRate: 8000, seconds: 1, rollProbability: 0, mean: -5.5 } }"
        );
        Assert.Equal((96, 40, 98), (spec.Options.Spectrogram!.Frames, spec.Options.Spectrogram.Mels, spec.Options.Spectrogram.CropFrames));
        var json = RunSpecJson.Write(spec);
        Assert.Contains(
            "\"spectrogram\":{\"sampleRate\":8000,\"seconds\":1,\"frameLength\":25,\"frameShift\":10,\"rollProbability\":0,\"mean\":-5.5,\"deviation\":4.5689974}",
            json,
            StringComparison.Ordinal
        );
        Assert.Equal(spec.Options.Spectrogram, Valid(json).Options.Spectrogram);
    }

    [Fact]
    public void Local_views_have_the_codes_sizes_and_make_whole_ones_larger()
    {
        var spec = Valid(Shortest + "options: { localViews: {} }");
        Assert.Equal((8, 96, 96), (spec.Options.LocalViews!.Count, spec.Options.LocalViews.Height, spec.Options.LocalViews.Width));
        Assert.Equal(new Interval(0.05, 0.25), spec.Options.LocalViews.CropScale);
        Assert.Equal(new Interval(0.25, 1), spec.Options.Augmentation!.CropScale);
        Assert.True(spec.Options.ReconstructsLocalViews);
        Assert.Null(Valid(Shortest + "options: { localViews: { count: 0 } }").Options.LocalViews);
        Assert.Equal(new Interval(0.05, 1), Valid(Shortest).Options.Augmentation!.CropScale);
    }

    [Fact]
    public void Local_views_of_sounds_are_shorter_crops()
    {
        var spec = Valid("method: asit\ndata: { audio: sounds }\noptions: { localViews: { count: 2 } }");
        var locals = spec.Options.LocalViews!;
        Assert.Equal((96, 128, 1.0, (Interval?)null), (locals.Height, locals.Width, locals.Seconds, locals.CropScale));
        Assert.False(spec.Options.ReconstructsLocalViews);
        Assert.Equal((96, 98), (spec.Options.Spectrogram!.Local(locals).Frames, spec.Options.Spectrogram.Local(locals).CropFrames));
    }

    [Theory]
    [InlineData("gmml", "images: a", "{ image: 100 }", "options.localViews.image", "multiples of the patch, 16")]
    [InlineData("gmml", "images: a", "{ image: 240 }", "options.localViews.image", "not be larger than backbone.image")]
    [InlineData("gmml", "images: a", "{ seconds: 1 }", "options.localViews.seconds", "unknown key")]
    [InlineData("gmml", "images: a", "{ count: 300 }", "options.localViews.count", "from 0 to 254")]
    [InlineData("contrastive", "images: a", "{ count: 2 }", "options.localViews", "no term for local ones")]
    [InlineData("asit", "audio: a", "{ image: [96, 64] }", "options.localViews.image", "mel bands, 128")]
    [InlineData("asit", "audio: a", "{ seconds: 3 }", "options.localViews.seconds", "options.localViews.image shows the first 96")]
    [InlineData("asit", "audio: a", "{ cropScale: 0.1 }", "options.localViews.cropScale", "unknown key")]
    public void Local_views_that_do_not_fit_are_refused(string method, string data, string locals, string path, string words)
    {
        var result = RunSpecParser.Parse($"method: {method}\ndata: {{ {data} }}\noptions: {{ localViews: {locals} }}");
        Assert.Contains(result.Errors, error => error.Path == path && error.Problem.Contains(words, StringComparison.Ordinal));
    }

    [Fact]
    public void Local_views_need_class_tokens_and_a_corruption_that_fits_them()
    {
        var patch = RunSpecParser.Parse("method: clustering\ndata: { images: a }\noptions: { tokens: patch, localViews: {} }");
        Assert.Contains(
            patch.Errors,
            error => error.Path == "options.localViews" && error.Problem.Contains("tokens: class or both", StringComparison.Ordinal)
        );
        var corrupted = RunSpecParser.Parse("method: gmml\ndata: { images: a }\noptions: { corruption: { align: 32 }, localViews: {} }");
        Assert.Contains(
            corrupted.Errors,
            error => error.Path == "options.corruption.align" && error.Problem.Contains("28 px", StringComparison.Ordinal)
        );
        Valid("method: mim-clustering\ndata: { images: a }\noptions: { corruption: { align: 32 }, localViews: {} }");
    }

    [Fact]
    public void Pooling_and_positions_are_choices_of_the_backbone()
    {
        var spec = Valid(Shortest + "backbone: { pooling: mean, positions: size }");
        Assert.Equal((Pooling.Mean, PositionRule.Size), (spec.Backbone.Pooling, spec.Backbone.Positions));
        Assert.Equal((Pooling.Class, PositionRule.Scale), (Valid(Shortest).Backbone.Pooling, Valid(Shortest).Backbone.Positions));
    }

    [Fact]
    public void A_run_computes_in_fp32_unless_it_asks_for_bf16()
    {
        Assert.Equal(Precision.Fp32, Valid(Shortest).Precision);
        var spec = Valid(Shortest + "\nprecision: bf16");
        Assert.Equal((Precision.Bf16, Precision.Fp32), (spec.Precision, spec.Wire));
        Assert.Equal(Precision.Bf16, Valid(RunSpecJson.Write(spec)).Precision);
    }

    [Fact]
    public void Where_nothing_is_said_a_step_that_is_not_finite_fails_the_run()
    {
        Assert.Equal(new NonFiniteSpec(NonFinitePolicy.Fail, 3), Valid(Shortest).NonFinite);
        var spec = Valid(Shortest + "nonFinite: { policy: rollback, most: 5 }");
        Assert.Equal(new NonFiniteSpec(NonFinitePolicy.Rollback, 5), spec.NonFinite);
        var json = RunSpecJson.Write(spec);
        Assert.Contains("\"nonFinite\":{\"policy\":\"rollback\",\"most\":5}", json, StringComparison.Ordinal);
        Assert.Equal(json, RunSpecJson.Write(Valid(json)));
    }

    [Fact]
    public void Where_nothing_is_said_a_slow_rank_is_only_told_of()
    {
        Assert.Equal(new StragglerSpec(StragglerPolicy.Warn, 2, 20), Valid(Shortest).Straggler);
        var spec = Valid(Shortest + "straggler: { policy: rebalance, factor: 1.5, window: 5 }");
        Assert.Equal(new StragglerSpec(StragglerPolicy.Rebalance, 1.5, 5), spec.Straggler);
        var json = RunSpecJson.Write(spec);
        Assert.Contains("\"straggler\":{\"policy\":\"rebalance\",\"factor\":1.5,\"window\":5}", json, StringComparison.Ordinal);
        Assert.Equal(json, RunSpecJson.Write(Valid(json)));
    }

    /// <summary>Each bad spec, with the path and the words that its message must have.</summary>
    [Theory]
    [InlineData("method: gmml\ndata: { images: a }\noptimiser: { clip: 3 }", "optimiser", "did you mean optimizer?")]
    [InlineData("method: dino\ndata: { images: a }", "method", "gmml, mim-clustering, mim, clustering, asit, sb-ssl, contrastive")]
    [InlineData("data: { images: a }", "method", "is missing")]
    [InlineData("method: gmml", "data.images", "is missing")]
    [InlineData("method: gmml\ndata: { images: a }\nbatch: { size: 64, shards: 6 }", "batch.shards", "power of two: 4 or 8")]
    [InlineData("method: gmml\ndata: { images: a }\nbatch: { size: 60, shards: 8 }", "batch.shards", "must divide batch.size, 60")]
    [InlineData("method: gmml\ndata: { images: a }\nbatch: { size: 8, shards: 8 }\nworkers: { max: 2 }", "batch.shards", "leaves 1 sample")]
    [InlineData(
        "method: gmml\ndata: { images: a }\nbatch: { size: 64, shards: 4 }\nworkers: { max: 8 }",
        "workers.max",
        "must not be above batch.shards, 4"
    )]
    [InlineData("method: gmml\ndata: { images: a }\nbudget: { epochs: 3, steps: 10 }", "budget.steps", "not both")]
    [InlineData("method: gmml\ndata: { images: ../secret }", "data.images", "below the worker's data root")]
    [InlineData("method: gmml\ndata: { images: a }\nwire: fp16", "wire", "one of fp32, bf16")]
    [InlineData("method: gmml\ndata: { images: a }\nnonFinite: { policy: ignore }", "nonFinite.policy", "one of fail, skip, rollback")]
    [InlineData("method: gmml\ndata: { images: a }\nnonFinite: { most: 0 }", "nonFinite.most", "from 1 to 1000000")]
    [InlineData("method: gmml\ndata: { images: a }\nnonFinite: skip", "nonFinite", "must be a mapping")]
    [InlineData("method: gmml\ndata: { images: a }\nstraggler: { policy: kill }", "straggler.policy", "one of warn, replace, rebalance")]
    [InlineData("method: gmml\ndata: { images: a }\nstraggler: { factor: 1 }", "straggler.factor", "from 1.1 to 100")]
    [InlineData("method: gmml\ndata: { images: a }\nstraggler: { window: 2 }", "straggler.window", "from 3 to 1000")]
    [InlineData("method: gmml\ndata: { images: a }\nstraggler: { factors: 2 }", "straggler.factors", "did you mean factor?")]
    [InlineData("method: gmml\ndata: { volumes: a, plane: transverse }", "data.plane", "must be one of axial, coronal, sagittal")]
    [InlineData("method: gmml\ndata: { volumes: a, layout: esc50 }", "data.layout", "is a layout of data.audio")]
    [InlineData(
        "method: gmml\ndata: { volumes: a, layout: mrnet, holdOutSplit: valid }\nprobes: [ { protocol: knn } ]",
        "probes",
        "need data.labels: a task of the layout"
    )]
    [InlineData("method: gmml\ndata: { volumes: a, holdOut: 2, holdOutSplit: valid }", "data.holdOutSplit", "not both")]
    [InlineData("method: gmml\ndata: { images: a, columns: { label: x } }", "data.columns", "name the columns of a table")]
    [InlineData("method: gmml\ndata: { images: a }\noptions: { spectrogram: { seconds: 1 } }", "options.spectrogram", "data.audio only")]
    [InlineData(
        "method: gmml\ndata: { audio: a }\noptions: { augmentation: { flip: 0 } }",
        "options.augmentation",
        "options.spectrogram says"
    )]
    [InlineData("method: gmml\ndata: { audio: a }\noptions: { spectrogram: { frames: 592 } }", "options.spectrogram.frames", "unknown key")]
    [InlineData(
        "method: gmml\ndata: { audio: a }\noptions: { spectrogram: { seconds: 0.02 } }",
        "options.spectrogram.seconds",
        "no whole frame"
    )]
    [InlineData(
        "method: gmml\ndata: { audio: a }\nbackbone: { image: [96, 64] }",
        "options.spectrogram.seconds",
        "has 598 frames, of which backbone.image shows the first 96; 0.975 s fill the image"
    )]
    [InlineData(
        "method: gmml\ndata: { audio: a }\noptions: { spectrogram: { frameLength: 0.05 } }",
        "options.spectrogram.frameLength",
        "at least 2 samples: 0.0625 ms at 32000 Hz"
    )]
    [InlineData(
        "method: gmml\ndata: { audio: a }\noptions: { spectrogram: { frameShift: 0.01 } }",
        "options.spectrogram.frameShift",
        "at least one sample"
    )]
    [InlineData(
        "method: gmml\ndata: { audio: a }\noptions: { spectrogram: { sampleRate: 10 } }",
        "options.spectrogram.sampleRate",
        "from 1000"
    )]
    [InlineData("method: gmml\ndata: { audio: a }\nbackbone: { channels: 3 }", "backbone.channels", "mono")]
    [InlineData("method: gmml\ndata: { audio: a }\nbackbone: { image: [592, 100] }", "backbone.image", "multiples of the patch, 16")]
    [InlineData("method: gmml\ndata: { audio: a, layout: audioset }", "data.labels", "segment list")]
    [InlineData(
        "method: gmml\ndata: { audio: a, layout: audioset, labels: b.csv, holdOut: 9 }\nprobes: [ { protocol: knn } ]",
        "probes",
        "have several"
    )]
    [InlineData("method: gmml\ndata: { audio: a, layout: esc50, labels: b.csv }", "data.labels", "must be left out")]
    [InlineData("method: gmml\ndata: { audio: a, layout: voxceleb, columns: { label: x } }", "data.columns", "knows its columns")]
    [InlineData("method: gmml\ndata: { images: a, layout: esc50 }", "data.layout", "is a layout of data.audio")]
    [InlineData("method: gmml\ndata: { images: a, layout: mrnet }", "data.layout", "is a layout of data.volumes")]
    [InlineData("method: gmml\ndata: { images: a, audio: b }", "data.audio", "give one of images, audio and volumes")]
    [InlineData("method: gmml\ndata: { images: a, plane: axial }", "data.plane", "is for data.volumes only")]
    [InlineData("method: gmml\ndata: { images: a, lastBatch: keep }", "data.lastBatch", "must be one of drop, wrap")]
    [InlineData("method: gmml\ndata: { images: a, maxDamaged: -1 }", "data.maxDamaged", "must be a whole number from 0")]
    [InlineData("method: gmml\ndata: { images: a }\nprecision: fp8", "precision", "fp32, bf16")]
    [InlineData("method: gmml\ndata: { images: a }\nseed: -1", "seed", "whole number from 0")]
    [InlineData("method: gmml\ndata: { images: a }\noptimizer: { warmup: lots }", "optimizer.warmup", "must be a number from 0 to 0.99")]
    // A warm-up that is longer than the run.
    [InlineData("method: gmml\ndata: { images: a }\noptimizer: { warmup: 1.5 }", "optimizer.warmup", "must be a number from 0 to 0.99")]
    [InlineData(
        "method: gmml\ndata: { images: a }\noptimizer: { schedule: cosine }",
        "optimizer.schedule",
        "must be one of by-step, moco-v3, msn"
    )]
    [InlineData(
        "method: gmml\ndata: { images: a }\nbackbone: { custom: { patch: 7, dim: 64, depth: 4, heads: 3 }, image: 28 }",
        "backbone.custom.heads",
        "must divide"
    )]
    [InlineData("method: gmml\ndata: { images: a }\nbackbone: { image: 225 }", "backbone.image", "multiples of the patch, 16")]
    [InlineData("method: gmml\ndata: { images: a }\noptions: { prototypes: 10 }", "options.prototypes", "unknown key")]
    [InlineData(
        "method: gmml\ndata: { images: a }\noptions: { corruption: { align: 80 } }",
        "options.corruption.align",
        "no block can be drawn"
    )]
    [InlineData(
        "method: gmml\ndata: { images: a }\noptions: { corruption: { fill: [noise, time] } }",
        "options.corruption.fill",
        "time blanks bands of a spectrogram: for data.audio only"
    )]
    [InlineData(
        "method: asit\ndata: { images: a }\noptions: { corruption: { fill: frequency } }",
        "options.corruption.fill",
        "frequency blanks bands of a spectrogram: for data.audio only"
    )]
    [InlineData(
        "method: gmml\ndata: { images: a }\noptions: { corruption: { fill: [noise, noise] } }",
        "options.corruption.fill",
        "each once"
    )]
    [InlineData("method: gmml\ndata: { images: a }\noptions: { corruption: { fill: [] } }", "options.corruption.fill", "a word or a list")]
    [InlineData(
        "method: gmml\ndata: { images: a }\noptions: { corruption: { fill: [noise, smoke] } }",
        "options.corruption.fill",
        "must be one of noise, zeros, same-image, time, frequency"
    )]
    [InlineData(
        "method: gmml\ndata: { images: a }\nbackbone: { image: 240 }\noptions: { corruption: { align: 32 } }",
        "options.corruption.align",
        "240 px leave a rest of 16, half an alignment or more"
    )]
    [InlineData("method: gmml\ndata: { images: a }\nprobes: [ { protocol: knn } ]", "probes", "need data.labels")]
    [InlineData("method: gmml\ndata: [ a ]", "data", "must be a mapping")]
    [InlineData("method: gmml\nmethod: gmml\ndata: { images: a }", "(document)", "not YAML or JSON")]
    [InlineData("just words", "(document)", "one YAML or JSON mapping")]
    [InlineData("method: mim-clustering\ndata: { images: a }\noptions: { views: 1 }", "options.views", "must be 2")]
    public void A_bad_spec_is_refused_with_path_and_remedy(string document, string path, string words)
    {
        var result = RunSpecParser.Parse(document);
        Assert.Null(result.Spec);
        Assert.Contains(result.Errors, e => e.Path == path && e.Problem.Contains(words, StringComparison.Ordinal));
    }

    [Fact]
    public void All_errors_are_reported_at_once()
    {
        var result = RunSpecParser.Parse(
            "method: gmml\ndata: { image: a }\nseed: x\nbatch: { size: 1 }\nfoo: 1\noptimizer: { clip: -1 }\nwire: fp16\nbackbone: { image: 225 }"
        );
        Assert.Equal(
            ["backbone.image", "batch.size", "data.image", "data.images", "foo", "optimizer.clip", "seed", "wire"],
            result.Errors.Select(e => e.Path).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void A_document_of_nested_aliases_is_refused_without_unfolding()
    {
        var bomb =
            "a: &a [x,x,x,x,x,x,x,x,x]\n"
            + string.Concat(
                Enumerable.Range(0, 20).Select(i => $"b{i}: &b{i} [*{(i == 0 ? "a" : $"b{i - 1}")},*{(i == 0 ? "a" : $"b{i - 1}")}]\n")
            );
        var result = RunSpecParser.Parse(bomb + Shortest);
        var error = Assert.Single(result.Errors);
        Assert.Equal("(document)", error.Path);
        Assert.Contains("with what its aliases stand for", error.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void An_overlong_document_is_refused_unread() =>
        Assert.Contains(
            "at most",
            Assert.Single(RunSpecParser.Parse(new string('a', RunSpecParser.MaxLength + 1)).Errors).Problem,
            StringComparison.Ordinal
        );

    private static RunSpec Valid(string document)
    {
        var result = RunSpecParser.Parse(document);
        Assert.Empty(result.Errors);
        return result.Spec!;
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Orchestrator.sln")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }
}
