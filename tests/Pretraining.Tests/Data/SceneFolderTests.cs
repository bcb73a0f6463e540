using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Masks;
using Orchestrator.Pretraining.Data.Scenes;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Tests.Evaluation;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data;

public sealed class SceneFolderTests : IDisposable
{
    private readonly TinyRun run = new();
    private readonly RunSpec spec = TinyRun.Spec(MethodName.Gmml);

    public void Dispose() => run.Dispose();

    [Fact]
    public void A_scenes_labels_are_those_of_its_mask_and_every_fifth_is_of_held_out_items()
    {
        Write("scenes", 50);
        using var data = DataSets.Open(new DataLocation(run.Data), With("scenes"));
        Assert.Equal((50, 40, 10), (data.Count, data.PretrainingCount, data.HeldOutCount));
        Assert.True(data.HasLabelSets);
        var several = 0;
        for (var sample = 0; sample < data.Count; sample++)
        {
            var mask = data.ReadMask(sample)!;
            Assert.Equal((8, 8), (mask.Height, mask.Width));
            // Labels of digits are numbers of classes: they have no names.
            var seen = mask.Bytes!.Where(v => v > 0).Distinct().Order().Select(v => v - 1).ToArray();
            Assert.Equal(seen, data.LabelsOf(sample).ToArray());
            several += seen.Length > 1 ? 1 : 0;
        }

        Assert.InRange(several, 10, 50);
    }

    [Fact]
    public void The_same_scenes_are_composed_again_and_more_of_them_begin_alike()
    {
        Write("one", 10);
        Write("two", 20);
        foreach (var name in Directory.GetFiles(Path.Combine(run.Data, "one"), "*.png", SearchOption.AllDirectories))
        {
            Assert.Equal(File.ReadAllBytes(name), File.ReadAllBytes(name.Replace("/one/", "/two/", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void What_is_darker_than_the_threshold_does_not_cover()
    {
        Write("squares", 10, threshold: 0);
        Write("cut", 10, threshold: 0.4);
        foreach (var name in Directory.GetFiles(Path.Combine(run.Data, "squares", "masks")))
        {
            var (square, cut) = (Covered(name), Covered(name.Replace("/squares/", "/cut/", StringComparison.Ordinal)));
            Assert.InRange(square, 16, 64);
            Assert.InRange(cut, 0, square - 1);
        }
    }

    [Fact]
    public void Without_labels_or_held_out_items_or_into_a_folder_that_exists_nothing_is_written()
    {
        Assert.Contains(
            "data.labels is not given",
            Assert.Throws<DataException>(() => Write("none", 10, 0.1, spec with { Data = spec.Data with { Labels = null } })).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "data.holdOut is 0",
            Assert.Throws<DataException>(() => Write("none", 10, 0.1, spec with { Data = spec.Data with { HoldOut = 0 } })).Message,
            StringComparison.Ordinal
        );
        Assert.False(Directory.Exists(Path.Combine(run.Data, "none")));
        Directory.CreateDirectory(Path.Combine(run.Data, "taken"));
        Assert.Throws<IOException>(() => Write("taken", 10));
    }

    private static int Covered(string path) => LabelMask.Read(File.ReadAllBytes(path), path).Bytes!.Count(v => v > 0);

    private void Write(string name, int count, double threshold = 0.1, RunSpec? of = null) =>
        SceneFolder.Write(
            new DataLocation(run.Data),
            of ?? spec,
            Path.Combine(run.Data, name),
            count,
            3,
            threshold,
            CancellationToken.None
        );

    private RunSpec With(string folder) =>
        spec with
        {
            Data = spec.Data with
            {
                Images = $"{folder}/images",
                Labels = $"{folder}/labels.csv",
                Masks = $"{folder}/masks",
                HoldOut = 0,
                HoldOutSplit = "test",
            },
        };
}
