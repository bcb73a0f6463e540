using Orchestrator.Pretraining.Data.Volumes;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data.Volumes;

public sealed class MrnetLayoutTests
{
    private static readonly string[] Paths =
    [
        .. from exam in new[] { "train/{0}/0001", "train/{0}/0000", "valid/{0}/0002" }
        from plane in new[] { "axial", "coronal", "sagittal" }
        select string.Format(exam, plane) + ".npy",
        "train-acl.csv",
        "README.md",
    ];

    [Fact]
    public void Exams_come_with_plane_split_and_a_label_for_each_task()
    {
        var layout = MrnetLayout.Read(Paths, Labels(), "mrnet");
        Assert.Equal(["abnormal", "acl"], layout.Tasks);
        Assert.Equal(9, layout.Volumes.Count);
        Assert.Equal(layout.Volumes.Select(v => v.Path).Order(StringComparer.Ordinal), layout.Volumes.Select(v => v.Path));
        var (first, last) = (layout.Volumes[1], layout.Volumes[^1]);
        Assert.Equal(("train/axial/0001.npy", "0001", SlicePlane.Axial, "train"), (first.Path, first.Exam, first.Plane, first.Split));
        Assert.Equal([1, 0], first.Labels);
        Assert.Equal(("valid/sagittal/0002.npy", "0002", SlicePlane.Sagittal, "valid"), (last.Path, last.Exam, last.Plane, last.Split));
        Assert.Equal([0, 0, 0, 0, 0, 0, 1, 1, 1], layout.LabelsOf("acl"));
        VolumeFiles.Refused("no task 'meniscus'; its CSVs are of: abnormal, acl", () => layout.LabelsOf("meniscus"));
    }

    [Fact]
    public void Without_CSVs_volumes_have_no_labels()
    {
        var layout = MrnetLayout.Read(Paths, new Dictionary<string, string>(StringComparer.Ordinal), "mrnet");
        Assert.Empty(layout.Tasks);
        Assert.All(layout.Volumes, volume => Assert.Empty(volume.Labels));
    }

    [Theory]
    [InlineData("0000\n0001,0", "line 1, '0000', has 1 column; right is exam,label")]
    [InlineData("0000,1,1\n0001,0", "has 3 columns")]
    [InlineData("0000,1\n0001,2", "line 2 has the label '2' for exam 0001; labels are 0 or 1")]
    [InlineData("exam,acl\n0000,1\n0001,1", "there is no header line")]
    [InlineData("0000,1\n0001,", "has the label ''")]
    [InlineData("0000,1\n0001,0\n0000,1", "line 3 labels exam 0000 a second time")]
    [InlineData("0000,1", "has no label for exam 0001, whose volume is train/axial/0001.npy")]
    [InlineData("0000,1\n0001,0\n0007,0", "has a label for exam 0007, and there is no volume train/axial/0007.npy")]
    public void Label_file_with_a_fault_is_refused_with_file_and_line(string text, string reason)
    {
        var labels = Labels();
        labels["train-acl.csv"] = text;
        VolumeFiles.Refused("'mrnet/train-acl.csv'", () => MrnetLayout.Read(Paths, labels, "mrnet"));
        VolumeFiles.Refused(reason, () => MrnetLayout.Read(Paths, labels, "mrnet"));
    }

    [Fact]
    public void Missing_plane_split_and_doubled_exam_are_refused()
    {
        VolumeFiles.Refused(
            "has no train/coronal/0001.npy",
            () => MrnetLayout.Read(Paths.Where(p => p != "train/coronal/0001.npy"), Labels(), "mrnet")
        );
        VolumeFiles.Refused(
            "has exam 0001 in train and valid",
            () =>
                MrnetLayout.Read(
                    [.. Paths, .. Paths.Where(p => p.Contains("/0001")).Select(p => p.Replace("train", "valid"))],
                    Labels(),
                    "mrnet"
                )
        );
        var labels = Labels();
        labels.Remove("valid-acl.csv");
        VolumeFiles.Refused("has no valid-acl.csv", () => MrnetLayout.Read(Paths, labels, "mrnet"));
        VolumeFiles.Refused("holds no volume in MRNet's layout", () => MrnetLayout.Read(["a/1.npy"], Labels(), "mrnet"));
    }

    private static Dictionary<string, string> Labels() =>
        new(StringComparer.Ordinal)
        {
            ["train-abnormal.csv"] = "0000,0\n0001,1\n",
            ["train-acl.csv"] = "0000,0\r\n0001,0\r\n",
            ["valid-abnormal.csv"] = "0002,1\n",
            ["valid-acl.csv"] = "0002,1",
        };
}
