using System.Text;
using Orchestrator.Worker.Commands;
using Xunit;

namespace Orchestrator.Worker.Tests.Commands;

/// <summary>Six volumes of two slices of 8 × 8 bytes: even values are 51 (0.2), odd ones 153 (0.6).</summary>
public sealed class DataCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("data-").FullName;
    private readonly StringWriter output = new();
    private readonly StringWriter errors = new();

    public DataCommandTests()
    {
        Directory.CreateDirectory(Path.Combine(folder, "scans"));
        for (var i = 0; i < 6; i++)
        {
            File.WriteAllBytes(Scan(i), Npy([.. Enumerable.Range(0, 2 * 64).Select(at => (byte)(at % 2 == 0 ? 51 : 153))]));
        }

        WriteSpec("holdOut: 1");
    }

    private string Spec => Path.Combine(folder, "spec.yaml");

    public void Dispose()
    {
        Directory.Delete(folder, recursive: true);
        output.Dispose();
        errors.Dispose();
    }

    [Fact]
    public void Check_describes_the_data_and_finds_it_whole()
    {
        Assert.Equal(ExitCode.Done, Run("check", Spec));
        Assert.Contains("volumes      scans, axial slices\n", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("samples      12, 2 of them held out\n", output.ToString(), StringComparison.Ordinal);
        Assert.Matches("fingerprint  [0-9a-f]{64}\n", output.ToString());
        Assert.EndsWith("damaged      0\n", output.ToString(), StringComparison.Ordinal);
        Assert.Empty(errors.ToString());
    }

    [Fact]
    public void Check_lists_damaged_samples_and_fails_when_a_run_would()
    {
        File.WriteAllBytes(Scan(2), [.. File.ReadAllBytes(Scan(2)).Take(200)]);
        Assert.Equal(ExitCode.Done, Run("check", Spec));
        Assert.Contains("damaged      1\n  sample 4: 'scans/2.npy' holds", output.ToString(), StringComparison.Ordinal);
        WriteSpec("holdOut: 1, maxDamaged: 0");
        Assert.Equal(ExitCode.Failed, Run("check", Spec));
        Assert.Contains("1 damaged samples to pretrain on are more than data.maxDamaged, 0", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Check_counts_classes_on_both_sides_and_fails_for_damage_that_probes_would_meet()
    {
        File.WriteAllText(
            Path.Combine(folder, "labels.csv"),
            "path,label,split\n0.npy,ill,train\n1.npy,well,train\n2.npy,ill,train\n3.npy,well,train\n4.npy,ill,test\n5.npy,well,test\n"
        );
        File.WriteAllBytes(Scan(5), [1, 2, 3]);
        WriteSpec("labels: labels.csv, holdOutSplit: test", "probes: [ { protocol: knn } ]");
        Assert.Equal(ExitCode.Failed, Run("check", Spec));
        Assert.Contains(
            "classes      2\n  ill: 6, 2 of them held out\n  well: 5, 1 of them held out\n",
            output.ToString(),
            StringComparison.Ordinal
        );
        Assert.Contains(", held out: 'scans/5.npy' is not a .npy file", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("1 damaged samples are held out, and an evaluation replaces none", errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("--samples", "3")]
    public void Stats_are_lines_for_the_spec(params string[] options)
    {
        Assert.Equal(ExitCode.Done, Run(["stats", Spec, .. options]));
        Assert.Equal("options:\n  augmentation:\n    normalization: { mean: 0.4, deviation: 0.2 }\n", output.ToString());
        // The spec's own normalization does not matter.
        output.GetStringBuilder().Clear();
        WriteSpec(
            "holdOut: 1",
            "options: { augmentation: { normalization: { mean: 0.1, deviation: 3 } }, corruption: { block: [0.25, 0.6] } }"
        );
        Assert.Equal(ExitCode.Done, Run(["stats", Spec, .. options]));
        Assert.Contains("{ mean: 0.4, deviation: 0.2 }", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Stats_leave_damaged_samples_out_and_say_so()
    {
        File.WriteAllBytes(Scan(0), [1, 2, 3]);
        Assert.Equal(ExitCode.Done, Run("stats", Spec));
        Assert.Contains("{ mean: 0.4, deviation: 0.2 }", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("1 damaged samples are left out; the first: 'scans/0.npy'", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Show_writes_a_picture_of_samples_and_views()
    {
        var path = Path.Combine(folder, "sheet.png");
        Assert.Equal(ExitCode.Done, Run("show", Spec, "--out", path, "--samples", "3"));
        var png = File.ReadAllBytes(path);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], png[..4]);
        // Three columns of 8 pixels, 16 times enlarged, and 8 pixels between them; rows: whole, clean, corrupted, of two views.
        Assert.Equal((8 + (3 * 136), 8 + (5 * 136)), ((png[18] << 8) | png[19], (png[22] << 8) | png[23]));
    }

    [Theory]
    [InlineData("usage: data check SPEC")]
    [InlineData("VERB SPEC: check, stats, show or compose", "count", "spec.yaml")]
    [InlineData("--samples: check reads every sample", "check", "spec.yaml", "--samples", "3")]
    [InlineData("--samples: 0 – must be a whole number from 1", "stats", "spec.yaml", "--samples", "0")]
    [InlineData("--out: is missing, a PNG file", "show", "spec.yaml")]
    [InlineData("--fast: is no option", "check", "spec.yaml", "--fast")]
    [InlineData("spec.yaml", "check", "/nowhere/spec.yaml")]
    public void Wrong_arguments_are_named(string problem, params string[] words)
    {
        Assert.Equal(ExitCode.BadInput, Run(words));
        Assert.Contains(problem, errors.ToString(), StringComparison.Ordinal);
        Assert.Empty(output.ToString());
    }

    [Fact]
    public void Data_that_is_not_there_is_a_failure_and_a_wrong_spec_is_bad_input()
    {
        Assert.Equal(ExitCode.Failed, Run("check", Spec, "--data-root", "/nowhere"));
        Assert.Contains("data: the data root '/nowhere' is not a folder", errors.ToString(), StringComparison.Ordinal);
        WriteSpec("plane: transverse");
        Assert.Equal(ExitCode.BadInput, Run("check", Spec));
        Assert.Contains("data.plane", errors.ToString(), StringComparison.Ordinal);
    }

    private static byte[] Npy(byte[] values)
    {
        var header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 8, 8), }".PadRight(117) + "\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), .. values];
    }

    private string Scan(int i) => Path.Combine(folder, "scans", $"{i}.npy");

    private int Run(params string[] words) => new DataCommand(output, errors).Run(words, TestContext.Current.CancellationToken);

    private void WriteSpec(string data, string more = "options: { corruption: { block: [0.25, 0.6] } }") =>
        File.WriteAllText(
            Spec,
            $$"""
            method: mim-clustering
            data: { volumes: scans, {{data}} }
            batch: { size: 8, shards: 4 }
            backbone: { custom: { patch: 4, dim: 16, depth: 1, heads: 2 }, image: 8, channels: 1 }
            {{more}}
            """
        );
}
