using System.Text;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Index;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Evaluation;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data.Volumes;

/// <summary>What a spec of volumes opens, and how it is split.</summary>
public sealed class VolumeDataSetTests : IDisposable
{
    private readonly DataFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("axial")]
    [InlineData("coronal")]
    [InlineData("sagittal")]
    public void The_samples_slabs_are_split_by_exam_and_labeled_by_a_task(string plane)
    {
        var spec = Spec($"volumes: brain-slabs, layout: mrnet, plane: {plane}, labels: cerebellum, holdOutSplit: valid");
        using var data = DataSets.Open(new DataLocation(DataFolder.Samples), spec);
        Assert.Equal((320, 240), (data.Count, data.PretrainingCount));
        // 15 of 30 exams and 4 of 10 have the region, each with 8 slices.
        Assert.Equal(15 * 8, data.Labels!.Take(240).Sum());
        Assert.Equal(4 * 8, data.Labels!.Skip(240).Sum());
        var images = ProbeImages.Choose(data.Labels, data.Count, data.HeldOutCount, lowShot: true, k => $"{k}");
        Assert.Equal((240, 80, 2), (images.Training.Length, images.Test.Length, images.Classes));
        var (aligned, unaligned) = (new float[16 * 16], new float[16 * 16]);
        data.CreateRenderer().RenderProbe(300, aligned, unaligned);
        Assert.True(aligned.Distinct().Count() > 10);
        Assert.NotEqual(aligned, unaligned);
    }

    [Theory]
    [InlineData("layout: mrnet, plane: axial, labels: thalamus, holdOutSplit: valid")]
    [InlineData("layout: mrnet, plane: sagittal, labels: thalamus, holdOutSplit: valid")]
    public void Exams_have_their_slices_and_the_same_names_in_every_plane(string fields)
    {
        using var data = DataSets.Open(new DataLocation(DataFolder.Samples), Spec($"volumes: brain-slabs, {fields}"));
        var exams = data.Exams!;
        Assert.Equal(Enumerable.Range(0, 40).Select(exam => $"{exam:0000}"), exams.Select(exam => exam.Name).Order(StringComparer.Ordinal));
        Assert.Equal(Enumerable.Range(0, 40).Select(exam => (8 * exam, 8)), exams.Select(exam => (exam.First, exam.Count)));
        Assert.Equal(data.GroupStarts, exams.Take(30).Select(exam => exam.First));
    }

    [Fact]
    public void Volumes_of_a_group_are_one_exam_and_others_are_each_one()
    {
        foreach (var name in new[] { "a", "b", "c", "d" })
        {
            folder.Write($"knees/{name}.npy", VolumeFiles.Bytes("u1.npy"));
        }

        folder.Write("knees.csv", [.. "path,label,patient\na.npy,0,p\nb.npy,1,\nc.npy,0,p\nd.npy,1,q\n"u8]);
        using var data = DataSets.Open(new DataLocation(folder.Root), Spec("volumes: knees, labels: knees.csv, holdOut: 1"));
        var slices = data.Count / 4;
        Assert.Equal([slices, slices, 2 * slices], data.Exams!.Select(exam => exam.Count).Order());
        Assert.Equal("knees/a.npy", data.Exams!.Single(exam => exam.Count == 2 * slices).Name);
        Assert.Equal(data.Count, data.Exams!.Sum(exam => exam.Count));
    }

    [Theory]
    [InlineData("holdOutSplit: valid", 10)]
    [InlineData("holdOut: 7", 7)]
    public void No_exam_is_on_both_sides(string split, int heldOut)
    {
        var spec = Spec($"volumes: brain-slabs, layout: mrnet, labels: thalamus, {split}").Data;
        using var files = new SampleIndexes(null, null).Open(new FolderStore(DataFolder.Samples), spec);
        var index = files.Index;
        var sides = Enumerable
            .Range(0, index.Count)
            .ToLookup(sample => sample < index.PretrainingCount, sample => index.PlaceOf(index.Locate(sample).Entry).Path[^8..]);
        Assert.Empty(sides[true].Intersect(sides[false], StringComparer.Ordinal));
        Assert.Equal(heldOut, sides[false].Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(40 - heldOut, sides[true].Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Without_a_task_exams_have_no_labels_and_their_tables_are_not_read()
    {
        Exam("train", "0000");
        folder.Write("knees/train-acl.csv", [.. "no table"u8]);
        using var data = DataSets.Open(new DataLocation(folder.Root), Spec("volumes: knees, layout: mrnet, plane: sagittal"));
        Assert.Null(data.Labels);
        Assert.Equal(3, data.Count);
    }

    [Theory]
    [InlineData("labels: meniscus", "0000,1", "'knees' has no task 'meniscus'; its CSVs are of: acl")]
    [InlineData("labels: acl", "0000", "'knees/train-acl.csv' line 1, '0000', has 1 column")]
    [InlineData("labels: acl", "0000,2", "has the label '2' for exam 0000")]
    [InlineData("labels: acl", "", "has no label for exam 0000")]
    [InlineData("holdOutSplit: test", "0000,1", "data.holdOutSplit 'test' is no split of 'knees'; its splits: train")]
    public void A_layout_that_is_not_whole_is_refused_by_name(string fields, string table, string problem)
    {
        Exam("train", "0000");
        folder.Write("knees/train-acl.csv", Encoding.UTF8.GetBytes(table));
        VolumeFiles.Refused(problem, () => DataSets.Open(new DataLocation(folder.Root), Spec($"volumes: knees, layout: mrnet, {fields}")));
    }

    [Fact]
    public void A_plane_that_the_layout_lacks_is_refused_with_those_it_has()
    {
        folder.Write("knees/train/coronal/0000.npy", VolumeFiles.Bytes("u1.npy"));
        VolumeFiles.Refused(
            "'knees' has no volumes of data.plane axial; its planes: coronal",
            () => DataSets.Open(new DataLocation(folder.Root), Spec("volumes: knees, layout: mrnet"))
        );
    }

    [Fact]
    public void HoldOut_counts_volumes_of_a_folder_and_patients_of_a_table()
    {
        foreach (var name in new[] { "a1", "a2", "b1", "b2", "c1", "c2" })
        {
            folder.Write($"scans/{name}.npy", VolumeFiles.Bytes("u1.npy"));
        }

        Table("a1.npy,0,a\na2.npy,0,a\nb1.npy,1,b\nb2.npy,1,b\nc1.npy,0,c\nc2.npy,1,c");
        using (var volumes = DataSets.Open(new DataLocation(folder.Root), Spec("volumes: scans, holdOut: 1")))
        {
            Assert.Equal((18, 15), (volumes.Count, volumes.PretrainingCount));
        }

        using var patients = DataSets.Open(new DataLocation(folder.Root), Spec("volumes: scans, labels: scans.csv, holdOut: 1"));
        Assert.Equal((18, 12), (patients.Count, patients.PretrainingCount));
        VolumeFiles.Refused(
            "data.holdOut 6 leaves nothing of 6 volumes to pretrain on",
            () => DataSets.Open(new DataLocation(folder.Root), Spec("volumes: scans, holdOut: 6"))
        );
    }

    [Fact]
    public void A_table_whose_split_divides_a_patient_is_refused()
    {
        foreach (var name in new[] { "a1", "a2", "b1" })
        {
            folder.Write($"scans/{name}.npy", VolumeFiles.Bytes("u1.npy"));
        }

        Table("a1.npy,0,a,train\na2.npy,0,a,test\nb1.npy,1,b,train", ",split");
        VolumeFiles.Refused(
            "data.holdOutSplit 'test' of 'scans' divides group a (patient, speaker, exam): 'a2.npy' is in it",
            () => DataSets.Open(new DataLocation(folder.Root), Spec("volumes: scans, labels: scans.csv, holdOutSplit: test"))
        );
    }

    [Fact]
    public void The_fingerprint_is_of_the_plane_and_the_labels_too()
    {
        var fingerprints = new[]
        {
            "plane: axial",
            "plane: coronal",
            "labels: thalamus",
            "labels: cerebellum",
            "holdOut: 3",
            "plane: axial",
        }
            .Select(fields =>
            {
                using var data = DataSets.Open(
                    new DataLocation(DataFolder.Samples),
                    Spec($"volumes: brain-slabs, layout: mrnet, {fields}")
                );
                return data.Fingerprint;
            })
            .ToArray();
        Assert.Equal(fingerprints[0], fingerprints[^1]);
        Assert.Equal(5, fingerprints.Distinct(StringComparer.Ordinal).Count());
    }

    private static RunSpec Spec(string data)
    {
        var result = RunSpecParser.Parse(
            $$"""
            method: gmml
            data: { {{data}} }
            batch: { size: 8, shards: 4 }
            backbone: { custom: { patch: 4, dim: 16, depth: 1, heads: 2 }, image: 16, channels: 1 }
            """
        );
        Assert.Empty(result.Errors);
        return result.Spec!;
    }

    private void Exam(string split, string exam)
    {
        foreach (var plane in new[] { "axial", "coronal", "sagittal" })
        {
            folder.Write($"knees/{split}/{plane}/{exam}.npy", VolumeFiles.Bytes("u1.npy"));
        }
    }

    private void Table(string rows, string more = "") =>
        folder.Write("scans.csv", Encoding.UTF8.GetBytes($"path,label,patient{more}\n{rows}"));
}
