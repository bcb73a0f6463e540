using System.Text.Json;
using Orchestrator.Worker.Commands;
using Orchestrator.Worker.Tests.Fakes;
using Xunit;

namespace Orchestrator.Worker.Tests.Commands;

/// <summary>The real thing, very small: 48 images of 14 × 14, a network of one block.</summary>
public sealed class TrainCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("train-").FullName;
    private readonly StringWriter output = new();
    private readonly StringWriter errors = new();

    public TrainCommandTests()
    {
        TinyImages.Write(folder);
        File.WriteAllText(Spec, TinyImages.Spec);
    }

    private string Spec => Path.Combine(folder, "spec.yaml");

    public void Dispose()
    {
        Directory.Delete(folder, recursive: true);
        output.Dispose();
        errors.Dispose();
    }

    [Fact]
    public void A_resumed_run_has_the_undisturbed_runs_bits_on_any_number_of_threads()
    {
        var undisturbed = Train("whole", "--threads", "1");
        Train("cut", "--threads", "2");
        Directory.Delete(Path.Combine(folder, "cut/checkpoints/step-000000006"), recursive: true);
        var newest = Path.Combine(folder, "cut/checkpoints/step-000000004/student.safetensors");
        var bytes = File.ReadAllBytes(newest);
        bytes[^1] ^= 1;
        File.WriteAllBytes(newest, bytes);

        var resumed = Train("cut", "--threads", "2", "--resume");
        Assert.Contains("student.safetensors: SHA-256", errors.ToString(), StringComparison.Ordinal);
        Assert.Contains("resumed from checkpoints/step-000000002", errors.ToString(), StringComparison.Ordinal);
        foreach (var name in new[] { "weightsSha256", "stateSha256", "lossesSha256" })
        {
            Assert.Equal(undisturbed.GetProperty(name).GetString(), resumed.GetProperty(name).GetString());
        }

        Assert.Equal(
            ExitCode.Done,
            CheckpointCommand.Run(["verify", Path.Combine(folder, "cut/checkpoints/step-000000006")], output, errors)
        );
        Assert.Equal(ExitCode.Failed, CheckpointCommand.Run(["verify", Path.Combine(folder, "cut/checkpoints")], output, errors));
    }

    [Fact]
    public void A_profile_has_every_step_and_one_that_cannot_be_written_ends_it_by_name()
    {
        var profile = Path.Combine(folder, "profile.json");
        Train("profiled", "--threads", "2", "--profile", profile);
        var events = JsonDocument.Parse(File.ReadAllText(profile)).RootElement.EnumerateArray();
        Assert.Equal(6, events.Count(e => e.GetProperty("name").GetString() == "exchange"));

        var nowhere = Path.Combine(folder, "none", "profile.json");
        Assert.Equal(
            ExitCode.BadInput,
            new TrainCommand(output, errors).Run([Spec, "--out", Path.Combine(folder, "x"), "--profile", nowhere])
        );
        Assert.Contains(nowhere, errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_diverges_tells_each_step_that_it_skips_and_fails_by_name_where_they_are_too_many()
    {
        // The decay multiplies weights by −30 a step: they overflow soon, whatever is learned.
        File.AppendAllText(
            Spec,
            "optimizer: { warmup: 0, baseLearningRate: 100, weightDecay: 10 }\nnonFinite: { policy: skip, most: 2 }\n"
        );
        Assert.Equal(ExitCode.Failed, Run("whole", "--steps", "100"));
        Assert.Matches(@"Step \d+ is not finite: .*; shard 0 \((.*; )?samples .*the step was skipped \(1 in a row\)", output.ToString());
        Assert.Contains("the step was skipped (2 in a row)", output.ToString(), StringComparison.Ordinal);
        Assert.Matches(@"Step \d+ is not finite: .*; 3 such steps in a row are more than nonFinite\.most, 2;", errors.ToString());
    }

    [Fact]
    public void An_output_folder_in_use_is_refused()
    {
        Train("whole", "--steps", "2");
        Assert.Equal(ExitCode.Failed, Run("whole"));
        Assert.Contains("--resume", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_bad_spec_is_refused_with_every_path()
    {
        File.AppendAllText(Spec, "optimizer: { warmup: 2, speed: 1 }\n");
        Assert.Equal(ExitCode.BadInput, Run("whole"));
        Assert.Contains("optimizer.warmup: 2", errors.ToString(), StringComparison.Ordinal);
        Assert.Contains("optimizer.speed", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_arguments_are_named_together()
    {
        Assert.Equal(ExitCode.BadInput, new TrainCommand(output, errors).Run(["--steps", "0", "--speed"]));
        string[] store = ["--data-root", "s3://ab", "--s3-endpoint", "http://me:hush-hush@store", "--data-cache-size", "7"];
        Assert.Equal(ExitCode.BadInput, new TrainCommand(output, errors).Run(store));
        foreach (
            var name in new[]
            {
                "SPEC:",
                "--out:",
                "--steps: 0",
                "--speed:",
                "usage:",
                "--data-root: s3://ab",
                "--s3-endpoint: must be",
                "--data-cache-size: 7",
            }
        )
        {
            Assert.Contains(name, errors.ToString(), StringComparison.Ordinal);
        }

        Assert.DoesNotContain("hush-hush", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_data_is_named()
    {
        File.Delete(Path.Combine(folder, "images-idx3-ubyte"));
        Assert.Equal(ExitCode.BadInput, Run("whole"));
        Assert.Contains("images-idx3-ubyte", errors.ToString(), StringComparison.Ordinal);
    }

    private JsonElement Train(string to, params string[] more)
    {
        Assert.True(Run(to, ["--json", .. more]) == ExitCode.Done, errors.ToString());
        return JsonDocument.Parse(output.ToString().Trim().Split('\n')[^1]).RootElement;
    }

    private int Run(string to, params string[] more) =>
        new TrainCommand(output, errors).Run([Spec, "--out", Path.Combine(folder, to), .. more]);
}
