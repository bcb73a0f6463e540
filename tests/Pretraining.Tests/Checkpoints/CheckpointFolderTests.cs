using System.Security.Cryptography;
using Orchestrator.Pretraining.Checkpoints;
using Orchestrator.Pretraining.Optimization;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Randomness;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Checkpoints;

public sealed class CheckpointFolderTests : IDisposable
{
    private const string Name = "runs/r1/checkpoints/step-000000007.t3.w1-5";
    private static readonly ParameterLayout Layout = ParameterLayout.Of([("a.weight", new long[] { 5, 3 }), ("b", new long[] { 7 })]);
    private static readonly RunSpec Spec = RunSpecParser.Parse("method: gmml\ndata: { images: x }").Spec!;
    private readonly string root = Directory.CreateTempSubdirectory("checkpoint-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void What_is_written_is_read_back_bit_for_bit()
    {
        using var state = State();
        var (manifest, hash) = CheckpointFolder.Write(root, Name, state, Spec, "r1", 3);
        Assert.Equal(64, hash.Length);
        Assert.Equal(state.Sha256(), manifest.Digest);
        using var back = state.CreateLike();
        CheckpointFolder.Read(root, Name, back);
        Assert.Equal(state.Sha256(), back.Sha256());
        Assert.Equal((7L, 2L), (back.Step, back.Generation));
    }

    [Fact]
    public void A_name_is_never_written_twice()
    {
        using var state = State();
        CheckpointFolder.Write(root, Name, state, Spec, "r1", 3);
        Assert.Contains(
            "written once",
            Assert.Throws<CheckpointException>(() => CheckpointFolder.Write(root, Name, state, Spec, "r1", 3)).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("student.safetensors")]
    [InlineData("teacher.safetensors")]
    [InlineData("centers.safetensors")]
    public void A_flipped_bit_in_any_file_is_found_and_named(string file)
    {
        using var state = State();
        CheckpointFolder.Write(root, Name, state, Spec, "r1", 3);
        var path = Path.Combine(root, Name, file);
        var bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);
        using var back = state.CreateLike();
        var before = back.Sha256();
        Assert.Contains(
            file,
            Assert.Throws<CheckpointException>(() => CheckpointFolder.Read(root, Name, back)).Message,
            StringComparison.Ordinal
        );
        Assert.Equal(before, back.Sha256());
    }

    [Fact]
    public void The_manifest_has_the_hashes_of_the_files_and_of_the_state_as_they_always_were()
    {
        using var state = State();
        var (manifest, _) = CheckpointFolder.Write(root, Name, state, Spec, "r1", 3);
        Assert.Equal(state.Slots.Select(slot => slot.Name), manifest.Files.Select(file => file.Slot));
        Assert.All(
            manifest.Files,
            file =>
            {
                var bytes = File.ReadAllBytes(Path.Combine(root, Name, file.Name));
                Assert.Equal((bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes))), ((int)file.Bytes, file.Sha256));
            }
        );
        Assert.Equal((state.Sha256(), state.WeightsSha256()), (manifest.Digest, manifest.WeightsSha256));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(20)]
    public void A_flipped_bit_in_a_header_is_told_as_a_wrong_hash(int at)
    {
        using var state = State();
        CheckpointFolder.Write(root, Name, state, Spec, "r1", 3);
        var path = Path.Combine(root, Name, "student.safetensors");
        var bytes = File.ReadAllBytes(path);
        bytes[at] ^= 1;
        File.WriteAllBytes(path, bytes);
        using var back = state.CreateLike();
        Assert.Matches(
            "student.safetensors: SHA-256 is [0-9a-f]{64}, its manifest says",
            Assert.Throws<CheckpointException>(() => CheckpointFolder.Read(root, Name, back)).Message
        );
    }

    [Fact]
    public void A_state_of_another_shape_is_refused_by_the_tensor_that_differs()
    {
        using var state = State();
        CheckpointFolder.Write(root, Name, state, Spec, "r1", 3);
        using var other = new TrainingState(
            ParameterLayout.Of([("a.weight", new long[] { 3, 5 }), ("b", new long[] { 7 })]),
            hasTeacher: true,
            ParameterLayout.Of([("center", new long[] { 4 })]),
            countsDamage: true
        );
        Assert.Contains(
            "tensor a.weight is F32 of shape [5, 3]",
            Assert.Throws<CheckpointException>(() => CheckpointFolder.Read(root, Name, other)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_cut_or_missing_file_is_found_and_named()
    {
        using var state = State();
        CheckpointFolder.Write(root, Name, state, Spec, "r1", 3);
        var path = Path.Combine(root, Name, "exp_avg.safetensors");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^8]);
        Assert.Contains(
            "bytes",
            Assert.Throws<CheckpointException>(() => CheckpointFolder.Verify(root, Name)).Message,
            StringComparison.Ordinal
        );
        File.Delete(path);
        Assert.Contains(
            "missing",
            Assert.Throws<CheckpointException>(() => CheckpointFolder.Verify(root, Name)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_folder_without_its_manifest_is_no_checkpoint()
    {
        Directory.CreateDirectory(Path.Combine(root, Name));
        Assert.Contains(
            "manifest.json",
            Assert.Throws<CheckpointException>(() => CheckpointFolder.Verify(root, Name)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_path_out_of_the_storage_root_is_refused() =>
        Assert.Contains(
            "leaves the storage root",
            Assert.Throws<CheckpointException>(() => CheckpointFolder.Delete(root, "../elsewhere")).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Nothing_is_left_behind_where_nothing_can_be_written()
    {
        using var state = State();
        File.WriteAllText(Path.Combine(root, "runs"), "a file where a folder is needed");
        Assert.Throws<CheckpointException>(() => CheckpointFolder.Write(root, Name, state, Spec, "r1", 3));
        Assert.Equal(["runs"], Directory.EnumerateFileSystemEntries(root).Select(Path.GetFileName));
    }

    [Fact]
    public void What_killed_writers_have_left_is_deleted_by_name_and_whole_checkpoints_stay()
    {
        using var state = State();
        CheckpointFolder.Write(root, Name, state, Spec, "r1", 3);
        var folder = Path.GetDirectoryName(Name)!;
        foreach (var name in new[] { "one", "two" })
        {
            var half = Directory.CreateDirectory(Path.Combine(root, folder, name + ".writing"));
            File.WriteAllText(Path.Combine(half.FullName, "student.safetensors"), "half");
        }

        Assert.Equal(["one"], CheckpointFolder.DeleteUnfinished(root, folder, name => name != "two"));
        Assert.Equal(
            new[] { Path.GetFileName(Name), "two.writing" }.Order(StringComparer.Ordinal),
            Directory.EnumerateDirectories(Path.Combine(root, folder)).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
        CheckpointFolder.Verify(root, Name);
        Assert.Empty(CheckpointFolder.DeleteUnfinished(root, "runs/none/checkpoints", _ => true));
    }

    private static TrainingState State()
    {
        var state = new TrainingState(Layout, hasTeacher: true, ParameterLayout.Of([("center", new long[] { 4 })]), countsDamage: true);
        foreach (var (slot, index) in state.Slots.Select((slot, index) => (slot, index)))
        {
            foreach (var segment in slot.Layout.Segments)
            {
                new PhiloxStream(1, DrawPurpose.InitialWeights, 0, index).FillGaussian(slot.Flat[segment]);
            }
        }

        state.SetStep(7, 2);
        return state;
    }
}
