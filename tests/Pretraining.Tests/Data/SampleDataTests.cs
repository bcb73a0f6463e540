using Orchestrator.Pretraining.Data.Labels;
using Orchestrator.Pretraining.Data.Volumes;
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
