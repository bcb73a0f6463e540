using Orchestrator.Collectives;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Training;

/// <summary>A state that is fed with what others commit comes to theirs, in every bit and in all that it is made of.</summary>
public sealed class CommitReplayTests
{
    [Theory]
    [MemberData(nameof(WorldSizeTests.Specs), MemberType = typeof(WorldSizeTests))]
    public void Replaying_commits_gives_the_bits_of_computing_them(string method)
    {
        var spec = WorldSizeTests.Spec(method);
        using var source = Open(spec);
        using var follower = Open(spec);
        using var group = ProcessGroup.Alone(spec.Batch.Shards);
        source.Step(group);
        follower.State.CopyFrom(source.State);
        source.Committed = follower.Replay;
        for (var step = 1; step < 5; step++)
        {
            source.Step(group);
            Assert.Equal(source.State.Step, follower.State.Step);
            Assert.Equal(source.State.Sha256(), follower.State.Sha256());
        }

        // And it goes on by itself as the source does.
        source.Committed = null;
        source.Step(group);
        using var own = ProcessGroup.Alone(spec.Batch.Shards);
        follower.Step(own);
        Assert.Equal(source.State.Sha256(), follower.State.Sha256());
    }

    [Theory]
    [InlineData("skip")]
    [InlineData("rollback")]
    public void Steps_that_were_not_applied_are_not_applied_there_either(string policy)
    {
        var spec = SpoiledRun.Spec($"{{ policy: {policy} }}", everySteps: 2);
        using var source = SpoiledRun.Of(spec, [3, 4]);
        using var follower = SpoiledRun.Of(spec, []);
        using var group = ProcessGroup.Alone(SpoiledRun.Shards);
        var refused = 0;
        source.Committed = committed =>
        {
            refused += committed.Gradient is null ? 1 : 0;
            follower.Replay(committed);
        };
        for (var step = 0; step < 8; step++)
        {
            source.Step(group);
            Assert.Equal(source.State.Sha256(), follower.State.Sha256());
        }

        Assert.Equal(2, refused);
    }

    [Fact]
    public void A_step_that_is_not_the_next_one_or_of_another_run_is_refused_and_changes_nothing()
    {
        using var run = Open(WorldSizeTests.Spec("method: gmml"));
        using var gradient = new AlignedBuffer<float>(run.State.Student.Host.Length);
        using var shorter = new AlignedBuffer<float>(run.State.Student.Host.Length - 16);
        var before = run.State.Sha256();
        var statistics = run.State.Statistics.Select(slot => new SlotValues(slot.Name, new float[slot.Buffer.Length])).ToArray();
        Assert.Throws<ArgumentException>(() => run.Replay(new CommittedStep(1, gradient.Host, statistics)));
        Assert.Throws<ArgumentException>(() => run.Replay(new CommittedStep(0, shorter.Host, statistics)));
        Assert.Throws<ArgumentException>(() => run.Replay(new CommittedStep(0, gradient.Host, [])));
        Assert.Equal(before, run.State.Sha256());
    }

    private static TrainingRun Open(RunSpec spec) =>
        TrainingRun.Open(spec, new TrainingOptions(new DataLocation(WorldSizeTests.Samples()), 2, 0));
}
