using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Labels;
using Orchestrator.Pretraining.Data.Masks;
using Orchestrator.Pretraining.Data.Volumes;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data;

/// <summary>The data of samples/ is what its README says.</summary>
public sealed class SampleDataTests
{
    [Fact]
    public void Brain_slabs_are_forty_exams_in_three_planes_with_three_tasks()
    {
        var folder = Path.Combine(DataFolder.Samples, "brain-slabs");
        var files = Directory
            .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/'))
            .ToArray();
        var labels = files
            .Where(file => file.EndsWith(".csv", StringComparison.Ordinal))
            .ToDictionary(file => file, file => File.ReadAllText(Path.Combine(folder, file)), StringComparer.Ordinal);
        var layout = MrnetLayout.Read(files, labels, "brain-slabs");
        Assert.Equal(["cerebellum", "hippocampus", "thalamus"], layout.Tasks);
        Assert.Equal(120, layout.Volumes.Count);
        Assert.Equal(40, layout.Volumes.Select(volume => volume.Exam).Distinct().Count());
        Assert.Equal([3 * 19, 3 * 26, 3 * 26], layout.Tasks.Select(task => layout.LabelsOf(task).Sum()));
        foreach (var entry in layout.Volumes)
        {
            var volume = NpyFile.Read(File.ReadAllBytes(Path.Combine(folder, entry.Path)), entry.Path);
            Assert.Equal((8, 64, 64, true), (volume.Slices, volume.Height, volume.Width, volume.IsBytes));
            Assert.True(volume.Slice(4).Pixels.ToArray().Distinct().Count() > 16, entry.Path);
        }
    }

    [Fact]
    public void Brain_regions_are_windows_whose_labels_are_those_of_their_masks()
    {
        string[] regions = ["frontal", "limbic", "occipital", "parietal", "subcortical", "temporal", "cerebellum"];
        var folder = Path.Combine(DataFolder.Samples, "brain-regions");
        using var file = File.OpenRead(Path.Combine(folder, "labels.csv"));
        var table = LabelTable.Read(file, "labels.csv");
        Assert.True(table.IsMultiLabel);
        Assert.Equal((240, 80), (table.Rows.Count(row => row.Split == "train"), table.Rows.Count(row => row.Split == "test")));
        foreach (var row in table.Rows)
        {
            var mask = LabelMask.Read(File.ReadAllBytes(Path.Combine(folder, "masks", row.Path)), row.Path);
            var image = ImageDecoder.Decode(File.ReadAllBytes(Path.Combine(folder, "images", row.Path)), row.Path, 1);
            Assert.Equal((48, 48, 48, 48), (mask.Height, mask.Width, image.Size.Height, image.Size.Width));
            var covers = mask.Bytes!.CountBy(k => (int)k).ToDictionary();
            Assert.Equal(regions.Where((_, k) => covers.GetValueOrDefault(k + 1) >= 23), row.Labels);
            Assert.True(5 * mask.Bytes!.Count(k => k > 0) >= 48 * 48, row.Path);
            Assert.True(mask.Bytes!.Max() <= regions.Length, row.Path);
        }

        // As the samples' README tells them: each of the seven stands on both sides.
        Assert.Equal([135, 139, 97, 100, 63, 121, 71], Of("train"));
        Assert.Equal([43, 40, 32, 44, 20, 38, 25], Of("test"));
        IEnumerable<int> Of(string split) => regions.Select(r => table.Rows.Count(row => row.Split == split && row.Labels.Contains(r)));
    }

    [Fact]
    public void Runs_on_brain_regions_are_judged_on_their_own_labels_and_masks()
    {
        var spec = RunSpecParser.Parse(File.ReadAllText(Path.Combine(DataFolder.Samples, "mim-clustering-regions.yaml"))).Spec!;
        var parsed = EvaluationSpecParser.Parse(File.ReadAllText(Path.Combine(DataFolder.Samples, "evaluations", "regions.yaml")), spec);
        Assert.Empty(parsed.Errors);
        Assert.Equal([EvaluationProtocol.MultiLabel, EvaluationProtocol.Segmentation], parsed.Spec!.Protocols);
        Assert.Equal(("brain-regions/masks", "test"), (spec.Data.Masks, spec.Data.HoldOutSplit));
    }

    [Fact]
    public void Voice_prompts_are_ninety_two_words_by_five_voices()
    {
        var folder = Path.Combine(DataFolder.Samples, "voice-prompts");
        using var file = File.OpenRead(Path.Combine(folder, "prompts.csv"));
        var table = LabelTable.Read(file, "prompts.csv", new LabelTableOptions { Columns = new LabelColumns(Label: "word") });
        Assert.Equal((460, 92), (table.Rows.Count, table.Number().Classes));
        Assert.All(table.Rows.CountBy(row => row.Group!), speaker => Assert.Equal(92, speaker.Value));
        Assert.Equal(5, table.Rows.Select(row => row.Group).Distinct().Count());
        Assert.All(table.Rows, row => Assert.True(File.Exists(Path.Combine(folder, row.Path)), row.Path));
    }
}
