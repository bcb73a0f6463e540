using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Orchestrator.Worker.Commands;
using Orchestrator.Worker.Tests.Fakes;
using Orchestrator.Worker.Verification;
using Xunit;

namespace Orchestrator.Worker.Tests.Verification;

/// <summary>A very small run, trained once to its checkpoints and rows, of which steps are computed again.</summary>
public sealed class StepReplayTests : IDisposable
{
    private const string Checkpoint2 = "checkpoints/step-000000002";
    private const string Checkpoint4 = "checkpoints/step-000000004";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web)
    {
        NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly string folder = Directory.CreateTempSubdirectory("replay-").FullName;
    private readonly RunSpec spec;
    private readonly StepRow[] rows;

    public StepReplayTests()
    {
        TinyImages.Write(folder);
        File.WriteAllText(Path.Combine(folder, "spec.yaml"), $"{TinyImages.Spec}audit: {{ everySteps: 3 }}\n");
        spec = RunSpecParser.Parse(File.ReadAllText(Path.Combine(folder, "spec.yaml"))).Spec!;
        using var quiet = new StringWriter();
        string[] words = [Path.Combine(folder, "spec.yaml"), "--out", folder, "--threads", "2"];
        Assert.Equal(ExitCode.Done, new TrainCommand(quiet, quiet).Run(words));
        rows = [.. File.ReadLines(Path.Combine(folder, "losses.jsonl")).Select(line => JsonSerializer.Deserialize<StepRow>(line, Json)!)];
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void An_honest_step_is_equal_from_the_nearest_state_that_is_whole()
    {
        var result = Replay(rows[3], Checkpoint4, Checkpoint2);
        Assert.True(result.Equal);
        Assert.Empty(result.Differences);
        Assert.Equal(["losses", "samples", "gradient", "weights"], result.Compared);
        Assert.Equal((2, Checkpoint2, "w"), (result.FromStep, result.Checkpoint, result.Worker));

        File.Delete(Path.Combine(folder, Checkpoint2, "student.safetensors"));
        result = Replay(rows[3], Checkpoint2);
        Assert.Equal((true, 0L, null), (result.Equal, result.FromStep, result.Checkpoint));
    }

    [Fact]
    public void A_step_without_a_full_audit_is_compared_by_its_losses_and_samples()
    {
        var result = Replay(rows[4], Checkpoint4);
        Assert.True(result.Equal);
        Assert.Equal(["losses", "samples"], result.Compared);
        result = Replay(rows[4] with { Audit = null }, Checkpoint4);
        Assert.Equal(["losses"], result.Compared);
    }

    [Fact]
    public void What_was_tampered_with_is_named_with_both_values()
    {
        var audit = rows[3].Audit!;
        var other = new string('0', 32);
        foreach (
            var (tampered, what) in new[]
            {
                (rows[3] with { Audit = audit with { Samples = other } }, "samples"),
                (rows[3] with { Audit = audit with { Gradient = other } }, "gradient"),
                (rows[3] with { Audit = audit with { Weights = other } }, "weights"),
                (
                    rows[3] with
                    {
                        Losses = [rows[3].Losses[0] with { Value = Math.BitIncrement(rows[3].Losses[0].Value) }, .. rows[3].Losses.Skip(1)],
                    },
                    "losses.loss"
                ),
            }
        )
        {
            var result = Replay(tampered, Checkpoint2);
            Assert.False(result.Equal);
            var difference = Assert.Single(result.Differences);
            Assert.Equal(what, difference.What);
            Assert.NotEqual(difference.Stored, difference.Computed);
        }
    }

    [Fact]
    public void A_step_of_another_spec_differs_in_everything()
    {
        var result = Replay(spec with { Seed = 1 }, rows[3]);
        Assert.Equal(
            ["losses.loss", "losses.reconstruction", "samples", "gradient", "weights"],
            result.Differences.Select(difference => difference.What)
        );
    }

    [Fact]
    public void A_canceled_replay_ends_in_its_words()
    {
        using var canceled = new CancellationTokenSource();
        canceled.Cancel();
        var stopped = Assert.Throws<StepAbortedException>(() => Runner().Run(spec, [], rows[3], canceled.Token));
        Assert.Contains("verification was canceled", stopped.Message, StringComparison.Ordinal);
    }

    private Shared.Api.VerificationResult Replay(StepRow stored, params string[] checkpoints) => Replay(spec, stored, checkpoints);

    private Shared.Api.VerificationResult Replay(RunSpec of, StepRow stored, params string[] checkpoints) =>
        Runner().Run(of, checkpoints, stored, CancellationToken.None);

    private StepReplay Runner() => new(new TrainingOptions(new DataLocation(folder), ShardThreads: 1, DataThreads: 0), folder, "w");
}
