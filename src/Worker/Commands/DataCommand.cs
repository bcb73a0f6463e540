using System.Diagnostics;
using System.Globalization;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Checks;
using Orchestrator.Pretraining.Data.Scenes;
using Orchestrator.Pretraining.Evaluation;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Worker.Commands;

/// <summary><c>data check|stats|show|compose SPEC</c>: what a run would be trained on, before one is started, and scenes made of it.</summary>
internal sealed class DataCommand(TextWriter output, TextWriter errors)
{
    private const int MostMeasured = 10_000;
    private const int Shown = 8;
    private const int ComposedScenes = 2000;
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(2);

    public int Run(IReadOnlyList<string> words, CancellationToken cancellation = default)
    {
        var (arguments, problems) = DataArguments.Parse(words);
        if (arguments is null)
        {
            return BadInput([.. problems, DataArguments.Usage]);
        }

        try
        {
            var result = RunSpecParser.Parse(File.ReadAllText(arguments.Spec));
            if (result.Spec is not { } spec)
            {
                return BadInput([$"{arguments.Spec}:", .. result.Errors.Select(error => "  " + error)]);
            }

            if (arguments.Verb == "compose")
            {
                return Compose(spec, arguments, cancellation);
            }

            using var data = DataSets.Open(arguments.Data with { Warn = errors.WriteLine }, spec);
            return arguments.Verb switch
            {
                "check" => Check(spec, data, cancellation),
                "stats" => Measure(spec, data, arguments.Samples ?? MostMeasured, cancellation),
                _ => Show(spec, data, arguments.Samples ?? Shown, arguments.Out!),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return BadInput([e.Message]);
        }
        catch (DataException e)
        {
            errors.WriteLine($"data: {e.Message}");
            return ExitCode.Failed;
        }
    }

    private int Compose(RunSpec spec, DataArguments arguments, CancellationToken cancellation)
    {
        if (spec.Data.Kind != DataKind.Images || spec.Backbone.Height != spec.Backbone.Width || spec.Backbone.Height % 2 != 0)
        {
            return BadInput([$"{arguments.Spec}: scenes are composed of images, with square views of an even side"]);
        }

        var count = Math.Max(SceneFolder.TestShare, arguments.Samples ?? ComposedScenes);
        SceneFolder.Write(arguments.Data, spec, arguments.Out!, count, arguments.Items, arguments.Threshold, cancellation);
        output.WriteLine(
            $"{arguments.Out}: {count} scenes of 1 to {arguments.Items} items, every {SceneFolder.TestShare}th of held-out items (split test)"
        );
        output.WriteLine(
            $"data: {{ images: {arguments.Out}/images, labels: {arguments.Out}/labels.csv, masks: {arguments.Out}/masks, holdOutSplit: test }}"
        );
        return ExitCode.Done;
    }

    private int Check(RunSpec spec, IDataSet data, CancellationToken cancellation)
    {
        Describe(spec, data);
        var (_, damaged) = new SamplePass(data, Progress(data.Count)).Run(
            [.. Enumerable.Range(0, data.Count)],
            () => 0,
            (_, _) => { },
            cancellation
        );
        output.WriteLine($"damaged      {damaged.Count}");
        foreach (var sample in damaged)
        {
            var heldOut = sample.Sample >= data.PretrainingCount ? ", held out" : "";
            output.WriteLine($"  sample {sample.Sample}{heldOut}: {sample.Problem}");
        }

        if (Verdict(spec, data, damaged) is not { } verdict)
        {
            return ExitCode.Done;
        }

        errors.WriteLine($"data: {verdict}");
        return ExitCode.Failed;
    }

    private void Describe(RunSpec spec, IDataSet data)
    {
        var plane = spec.Data.Plane is { } cut ? $", {SpecWords.Word(cut)} slices" : "";
        output.WriteLine($"{SpecWords.Word(spec.Data.Kind), -12} {spec.Data.Source}{plane}");
        output.WriteLine($"samples      {data.Count}, {data.HeldOutCount} of them held out");
        output.WriteLine($"views        {data.ViewSize}");
        output.WriteLine($"fingerprint  {data.Fingerprint}");
        if (data.Labels is not { } labels)
        {
            output.WriteLine("classes      none");
            return;
        }

        var counts = labels.CountBy(label => label).OrderBy(count => count.Key).ToArray();
        output.WriteLine($"classes      {counts.Length}");
        foreach (var (label, count) in counts)
        {
            var heldOut = labels.Skip(data.PretrainingCount).Count(other => other == label);
            output.WriteLine(
                $"  {data.ClassNames?[label] ?? label.ToString(CultureInfo.InvariantCulture)}: {count}, {heldOut} of them held out"
            );
        }
    }

    /// <summary>Why a run on this data would fail; null: it would not.</summary>
    private static string? Verdict(RunSpec spec, IDataSet data, IReadOnlyList<DamagedSample> damaged)
    {
        var pretraining = damaged.Count(sample => sample.Sample < data.PretrainingCount);
        return damaged.FirstOrDefault(sample => sample.IsUnreadable) is { } unreadable
                ? $"a run fails for sample {unreadable.Sample}, which cannot be read here"
            : pretraining > spec.Data.MaxDamaged
                ? $"{pretraining} damaged samples to pretrain on are more than data.maxDamaged, {spec.Data.MaxDamaged}"
            : spec.Probes.Count > 0 && pretraining < damaged.Count
                ? $"{damaged.Count - pretraining} damaged samples are held out, and an evaluation replaces none"
            : null;
    }

    private int Measure(RunSpec spec, IDataSet data, int most, CancellationToken cancellation)
    {
        var (lines, damaged) = spec.Data.Kind == DataKind.Audio ? OfSounds() : OfPixels();
        if (damaged.Count > 0)
        {
            errors.WriteLine($"data: {damaged.Count} damaged samples are left out; the first: {damaged[0].Problem}");
        }

        output.WriteLine($"options:\n{lines}");
        return ExitCode.Done;

        Action<int> Told() => Progress(Math.Min(most, data.PretrainingCount));

        (string Lines, IReadOnlyList<DamagedSample> Damaged) OfSounds()
        {
            var (statistics, left) = SampleStatistics.MeasureSounds(spec, data, most, Told(), cancellation);
            return ($"  spectrogram: {{ mean: {Numbers([statistics.Mean])}, deviation: {Numbers([statistics.Deviation])} }}", left);
        }

        (string Lines, IReadOnlyList<DamagedSample> Damaged) OfPixels()
        {
            var (statistics, left) = SampleStatistics.Measure(spec, data, most, Told(), cancellation);
            return (
                $"  augmentation:\n    normalization: {{ mean: {Numbers(statistics.Means)}, deviation: {Numbers(statistics.Deviations)} }}",
                left
            );
        }
    }

    private int Show(RunSpec spec, IDataSet data, int count, string path)
    {
        File.WriteAllBytes(path, SampleSheet.Draw(spec, data, [.. Enumerable.Range(0, Math.Min(count, data.PretrainingCount))]));
        var locals = spec.Options.LocalViews is { } local ? $" and {local.Count} local views" : "";
        var corrupted = spec.Options.Corruption is null ? "" : ", clean and, where the student sees them so, corrupted";
        output.WriteLine($"{path}: rows are the samples, and each of their {spec.Options.Views} views{locals}{corrupted}");
        return ExitCode.Done;
    }

    /// <summary>Tells on standard error now and then how far it is; called on any thread.</summary>
    private Action<int> Progress(int total)
    {
        var gate = new Lock();
        var (done, told) = (0, Stopwatch.GetTimestamp());
        return more =>
        {
            lock (gate)
            {
                done += more;
                if (Stopwatch.GetElapsedTime(told) >= ProgressEvery)
                {
                    told = Stopwatch.GetTimestamp();
                    errors.WriteLine($"{done}/{total} samples");
                }
            }
        };
    }

    private static string Numbers(IReadOnlyList<double> values)
    {
        var texts = values.Select(value => value.ToString("0.####", CultureInfo.InvariantCulture)).ToArray();
        return texts is [var single] ? single : $"[{string.Join(", ", texts)}]";
    }

    private int BadInput(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            errors.WriteLine(line);
        }

        return ExitCode.BadInput;
    }
}
