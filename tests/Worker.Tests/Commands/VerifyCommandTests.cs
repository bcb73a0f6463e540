using Orchestrator.Worker.Commands;
using Orchestrator.Worker.Tests.Fakes;
using Xunit;

namespace Orchestrator.Worker.Tests.Commands;

/// <summary>A very small run of <c>train</c>, of which steps are computed again.</summary>
public sealed class VerifyCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("verify-").FullName;
    private readonly StringWriter output = new();
    private readonly StringWriter errors = new();

    public VerifyCommandTests()
    {
        TinyImages.Write(folder);
        var spec = Path.Combine(folder, "spec.yaml");
        File.WriteAllText(spec, $"{TinyImages.Spec}audit: {{ everySteps: 3 }}\n");
        using var quiet = new StringWriter();
        Assert.Equal(ExitCode.Done, new TrainCommand(quiet, quiet).Run([spec, "--out", Run, "--seed", "7", "--threads", "2"]));
    }

    private string Run => Path.Combine(folder, "run");

    private string Rows => Path.Combine(Run, "losses.jsonl");

    public void Dispose()
    {
        Directory.Delete(folder, recursive: true);
        output.Dispose();
        errors.Dispose();
    }

    [Fact]
    public void An_honest_step_is_equal_from_the_nearest_checkpoint_that_is_whole()
    {
        Assert.Equal(ExitCode.Done, Verify("3"));
        Assert.Equal(
            """
            from           step 2, checkpoints/step-000000002
            compared       losses, samples, gradient, weights
            equal: step 3 has the bits of its row

            """,
            output.ToString()
        );
        File.Delete(Path.Combine(Run, "checkpoints/step-000000002/student.safetensors"));
        Assert.Equal(ExitCode.Done, Verify("3"));
        Assert.Contains("the initial state", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("step-000000002/student.safetensors", errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("samples", "samples")]
    [InlineData("gradient", "gradient")]
    [InlineData("weights", "weights")]
    [InlineData("weights,gradient", "gradient")]
    [InlineData("weights,samples,gradient", "samples")]
    public void A_digest_with_a_flipped_digit_is_found_and_the_first_that_differs_is_named(string flipped, string first)
    {
        foreach (var digest in flipped.Split(','))
        {
            Flip(3, digest);
        }

        Assert.Equal(ExitCode.Failed, Verify("3"));
        Assert.Equal($"verify: step 3 differs from its row, first in {first}\n", errors.ToString());
        Assert.All(flipped.Split(','), digest => Assert.Contains($"{digest}: its row has ", output.ToString(), StringComparison.Ordinal));
        Assert.Equal(ExitCode.Done, Verify("2"));
    }

    [Fact]
    public void Rows_of_another_seed_differ_from_the_samples_on()
    {
        var rows = File.ReadAllLines(Rows);
        Directory.Delete(Path.Combine(Run, "checkpoints"), recursive: true);
        using var quiet = new StringWriter();
        string[] other = [Path.Combine(folder, "spec.yaml"), "--out", Run, "--seed", "8", "--threads", "2"];
        Assert.Equal(ExitCode.Done, new TrainCommand(quiet, quiet).Run(other));
        File.WriteAllLines(Rows, rows);
        Assert.Equal(ExitCode.Failed, Verify("3"));
        Assert.EndsWith("first in samples\n", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_input_is_named()
    {
        Assert.Equal(ExitCode.BadInput, Verify("6"));
        Assert.Contains("losses.jsonl has the rows of steps 0 to 5", errors.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.BadInput, new VerifyCommand(output, errors).Run([folder, "--step", "x"]));
        foreach (
            var problem in new[]
            {
                $"RUNFOLDER: {folder} – must hold spec.json and losses.jsonl",
                "--step: x – must be a whole number from 0",
                "--data-root: is missing",
                "usage: verify RUNFOLDER",
            }
        )
        {
            Assert.Contains(problem, errors.ToString(), StringComparison.Ordinal);
        }
    }

    private int Verify(string step) =>
        new VerifyCommand(output, errors).Run([Run, "--step", step, "--data-root", folder, "--threads", "1"]);

    private void Flip(int step, string digest)
    {
        var rows = File.ReadAllLines(Rows);
        var at = rows[step].IndexOf($"\"{digest}\":\"", StringComparison.Ordinal) + digest.Length + 4;
        rows[step] = $"{rows[step][..at]}{(rows[step][at] == '0' ? '1' : '0')}{rows[step][(at + 1)..]}";
        File.WriteAllLines(Rows, rows);
    }
}
