using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Orchestrator.Pretraining.Checkpoints;
using Orchestrator.Pretraining.Optimization;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Checkpoints;

public sealed class StateDigestTests : IDisposable
{
    private const string Name = "runs/r1/checkpoints/step-000000007.t3.w1-5";
    private readonly string root = Directory.CreateTempSubdirectory("digest-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void Sha256sum_takes_it_of_a_checkpoints_files()
    {
        using var state = State(7, 1);
        CheckpointFolder.Write(root, Name, state, RunSpecParser.Parse("method: gmml\ndata: { images: x }").Spec!, "r1", 3);
        var lines = new StringBuilder("step 7\n");
        foreach (var slot in state.Slots.Select(slot => slot.Name).Order(StringComparer.Ordinal))
        {
            lines.Append(slot).Append(' ').Append(Sha256Sum(CheckpointFolder.SlotPath(root, Name, slot))).Append('\n');
        }

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines.ToString()))), state.Sha256());
        Assert.Equal(Sha256Sum(CheckpointFolder.SlotPath(root, Name, "student")), state.WeightsSha256());
    }

    [Fact]
    public void Step_slot_name_shape_and_every_bit_count_and_the_order_of_slots_does_not()
    {
        using var state = State(7, 1);
        var digest = state.Sha256();
        Assert.Equal(digest, Digest(State(7, 1)));
        Assert.NotEqual(digest, Digest(State(8, 1)));
        Assert.NotEqual(digest, Digest(State(7, MathF.BitIncrement(1))));
        Assert.NotEqual(Digest(State(7, 0)), Digest(State(7, -0f)));
        Assert.NotEqual(digest, Digest(State(7, 1, "renamed", [2, 3])));
        Assert.NotEqual(digest, Digest(State(7, 1, "weight", [3, 2])));
        Assert.Equal(StateDigest.Of(7, [("a", "1"), ("b", "2")]), StateDigest.Of(7, [("b", "2"), ("a", "1")]));
        Assert.NotEqual(StateDigest.Of(7, [("a", "1"), ("b", "2")]), StateDigest.Of(7, [("a", "2"), ("b", "1")]));
    }

    [Fact]
    public void Slots_are_read_only_when_they_are_said_to_be_there()
    {
        using var state = State(7, 1);
        using var late = State(7, 0);
        var digest = late.Sha256(slot =>
        {
            if (slot.Name == "student")
            {
                state.Student.Host.Span.CopyTo(late.Student.Host.Span);
            }
        });
        Assert.Equal(state.Sha256(), digest);
    }

    private static string Digest(TrainingState state)
    {
        using (state)
        {
            return state.Sha256();
        }
    }

    private static TrainingState State(long step, float first, string tensor = "weight", long[]? shape = null)
    {
        var layout = ParameterLayout.Of([(tensor, shape ?? [2, 3])]);
        var state = new TrainingState(layout, true, ParameterLayout.Of([("center", new long[] { 4 })]), false);
        state.SetStep(step, 1);
        state.Student.Host.Span[0] = first;
        return state;
    }

    private static string Sha256Sum(string path)
    {
        using var process = Process.Start(
            new ProcessStartInfo("sha256sum", [path]) { UseShellExecute = false, RedirectStandardOutput = true }
        )!;
        var line = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return line.Split(' ')[0];
    }
}
