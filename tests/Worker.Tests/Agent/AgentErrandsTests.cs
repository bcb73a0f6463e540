using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Agent;
using Xunit;

namespace Orchestrator.Worker.Tests.Agent;

public sealed class AgentErrandsTests
{
    private const string Run = AgentScript.Run;
    private const string Folder = "runs/r-1/checkpoints";

    [Fact]
    public void A_checkpoint_that_is_not_in_storage_is_told_until_one_is()
    {
        var trouble = new CheckpointTrouble(5, false, "the disk is full");
        var script = new AgentScript().Running(1).On(new CheckpointTroubled("another", trouble));
        Assert.Null(script.State.Trouble);
        script = script.On(new CheckpointTroubled(AgentScript.Run, trouble));
        Assert.Equal(trouble, script.State.Trouble);
        script = script.On(new CheckpointStored(new CheckpointWritten(AgentScript.Run, "a", 7, 1, 10, "d", 1, "p", "m", "w")));
        Assert.Null(script.State.Trouble);
    }

    [Fact]
    public void A_checkpoint_is_announced_every_2_s_until_settled()
    {
        var script = new AgentScript().Running(1).On(new CheckpointStored(Written(1, 10)));
        script.Single<SendMessage>();
        script.Now += TimeSpan.FromSeconds(1);
        Assert.Empty(script.On(new Ticked()).Effects.OfType<SendMessage>());
        script.Now += TimeSpan.FromSeconds(1);
        Assert.IsType<CheckpointWritten>(script.On(new Ticked()).Single<SendMessage>().Message);
        script.Hear(new CheckpointSettled(Run, 1, 1, 10, true, "", [$"{Folder}/old"]));
        Assert.Equal($"{Folder}/old", script.Single<DeleteCheckpoint>().Path);
        script.Now += TimeSpan.FromSeconds(9);
        Assert.Empty(script.On(new Ticked()).Effects.OfType<SendMessage>());
    }

    [Fact]
    public void A_refused_checkpoint_is_deleted_by_its_writer()
    {
        var script = new AgentScript()
            .Running(1)
            .On(new CheckpointStored(Written(1, 10)))
            .Hear(new CheckpointSettled(Run, 1, 1, 10, false, "not better", []));
        Assert.Equal($"{Folder}/10", script.Single<DeleteCheckpoint>().Path);
    }

    [Fact]
    public void An_order_to_prune_reaches_only_this_runs_checkpoints()
    {
        var script = new AgentScript().Running(1).On(new CheckpointStored(Written(1, 10))).On(new CheckpointStored(Written(1, 20)));
        script.Hear(new CheckpointSettled(Run, 1, 1, 10, true, "", ["runs/r-2/checkpoints/x", "../x", $"{Folder}/20", $"{Folder}/10"]));
        Assert.Empty(script.Effects.OfType<DeleteCheckpoint>());
    }

    [Fact]
    public void Rank_0_sends_what_the_coordinator_lacks_and_not_twice_at_once()
    {
        var script = new AgentScript().Running(1).On(new RankAdvanced(1, 30, 30, false)).Hear(new StatusAck(Run, 1, 1, 4, null));
        Assert.Equal(4, script.Single<SendRows>().From);
        script.On(new RankAdvanced(1, 40, 40, false)).Hear(new StatusAck(Run, 1, 2, 4, null));
        Assert.Equal(30, script.Single<SendRows>().From);
        Assert.Empty(script.Hear(new StatusAck(Run, 1, 3, 4, null)).Effects);
        script.Now += TimeSpan.FromSeconds(2);
        Assert.Equal(4, script.Hear(new StatusAck(Run, 1, 4, 4, null)).Single<SendRows>().From);
    }

    [Fact]
    public void Other_ranks_send_only_when_nothing_has_come_for_3_s()
    {
        var script = new AgentScript().Held(1).Hear(AgentScript.FormOf(1, members: ["b", "a"])).On(new RankReady(1, 1000));
        script.On(new RankAdvanced(1, 30, 30, false));
        Assert.Empty(script.Hear(new StatusAck(Run, 1, 1, 4, null)).Effects);
        script.Now += TimeSpan.FromSeconds(2);
        Assert.Empty(script.Hear(new StatusAck(Run, 1, 2, 5, null)).Effects);
        script.Now += TimeSpan.FromSeconds(3);
        Assert.Equal(5, script.Hear(new StatusAck(Run, 1, 3, 5, null)).Single<SendRows>().From);
    }

    [Fact]
    public void An_unanswered_status_goes_to_the_next_contact_point_after_2_s()
    {
        var contacts = new ContactRotation(["one", "two"], 0, null).Asking(AgentScript.Noon);
        Assert.Equal("one", contacts.Asking(AgentScript.Noon.AddSeconds(1.9)).Current);
        Assert.Equal("two", contacts.Asking(AgentScript.Noon.AddSeconds(2)).Current);
        Assert.Equal("one", contacts.Answered().Asking(AgentScript.Noon.AddSeconds(60)).Current);
    }

    [Fact]
    public void A_refusal_is_told_once()
    {
        var script = new AgentScript().Hear(new StatusAck(null, 0, 1, 0, "wrong join token"));
        script.Single<Report>();
        Assert.Equal("wrong join token", script.State.Refusal);
        Assert.Empty(script.Hear(new StatusAck(null, 0, 2, 0, "wrong join token")).Effects);
    }

    [Fact]
    public void With_a_superseded_checkpoint_goes_what_killed_writers_have_left_of_its_steps()
    {
        var script = new AgentScript().Held(1).On(new CheckpointStored(Written(1, 30)));
        string[] prune = [CheckpointPath.Of(Run, 10, 1, "a", 7), CheckpointPath.Of(Run, 20, 1, "b", 3)];
        script.Hear(new CheckpointSettled(Run, 1, 1, 30, true, "", prune));
        Assert.Equal(prune, script.Effects.OfType<DeleteCheckpoint>().Select(delete => delete.Path));
        Assert.Equal(new DeleteUnfinished(Run, 20), script.Single<DeleteUnfinished>());
        Assert.Empty(script.Hear(new CheckpointSettled(Run, 1, 1, 30, true, "", [])).Effects.OfType<DeleteUnfinished>());
    }

    [Theory]
    [InlineData("runs/r-1/checkpoints/step-000000120.t3.worker-2-17", 120L)]
    [InlineData("step-000000120.t3.worker-2-17", 120L)]
    [InlineData("runs/r-1/checkpoints/older", null)]
    [InlineData("step-.t3.worker", null)]
    public void A_checkpoints_name_tells_its_step(string path, long? step) => Assert.Equal(step, CheckpointPath.StepOf(path));

    [Fact]
    public void An_evaluation_is_worked_on_once_and_reported_until_settled()
    {
        var order = new Evaluate(Run, 1, "key", "{}", "c", "a");
        var script = new AgentScript().Hear(order);
        script.Single<StartEvaluation>();
        Assert.Empty(script.Hear(order).Effects.OfType<StartEvaluation>());
        Assert.Empty(script.Hear(new Prepare(Run, 1, 1, null)).Effects.OfType<StopRank>());
        script.On(new EvaluationFinished("key", "{}", null));
        script.Single<SendMessage>();
        Assert.Null(script.State.Evaluation);
        Assert.IsType<EvaluationReported>(script.Hear(order).Single<SendMessage>().Message);
        Assert.Null(script.Hear(new EvaluationSettled(Run, 1, "key", [])).State.Evaluated);
    }

    [Fact]
    public void Who_judged_a_checkpoint_that_was_kept_for_it_deletes_it_once_and_nothing_else()
    {
        var script = new AgentScript().Hear(new Evaluate(Run, 1, "key", "{}", "c", "a"));
        script.On(new EvaluationFinished("key", "{}", null));
        var settled = new EvaluationSettled(Run, 1, "key", ["runs/r-2/checkpoints/x", "../x", $"{Folder}/10"]);
        Assert.Empty(script.Hear(settled with { EvaluationKey = "another" }).Effects.OfType<DeleteCheckpoint>());
        script.Hear(settled);
        Assert.Equal($"{Folder}/10", script.Single<DeleteCheckpoint>().Path);
        Assert.Empty(script.Hear(settled).Effects.OfType<DeleteCheckpoint>());
    }

    [Fact]
    public void Who_helps_reports_nothing_and_is_idle_again()
    {
        var order = new Evaluate(Run, 1, "key", "{}", "c", "a", Helps: true);
        var script = new AgentScript().Hear(order);
        Assert.Equal(order, script.Single<StartEvaluation>().Order);
        Assert.Equal((null, order), (script.State.Evaluation, script.State.Helps));
        Assert.Empty(script.Hear(order).Effects.OfType<StartEvaluation>());
        Assert.Empty(script.On(new HelpEnded("another", null)).Effects);
        script.On(new HelpEnded("key", "no such file"));
        Assert.Contains("no such file", script.Single<Report>().Text, StringComparison.Ordinal);
        Assert.Empty(script.Effects.OfType<SendMessage>());
        Assert.Equal((null, null), (script.State.Helps, script.State.Evaluated));
    }

    [Fact]
    public void Helping_is_given_up_for_a_run_an_evaluation_of_its_own_and_when_it_is_over()
    {
        var order = new Evaluate(Run, 1, "key", "{}", "c", "a", Helps: true);
        IControlMessage[] others =
        [
            new Prepare("r-2", 1, 1, null),
            new Prepare(Run, 1, 1, null),
            order with
            {
                Helps = false,
            },
            new StopHelping(Run, 1, "key"),
        ];
        foreach (var other in others)
        {
            var script = new AgentScript().Hear(order).Hear(other);
            Assert.Equal("key", script.Single<CancelEvaluation>().Key);
            Assert.Null(script.State.Helps);
            Assert.Equal(other is Prepare ? 1 : 0, script.Effects.OfType<StopRank>().Count());
            Assert.Equal(other is Evaluate ? 1 : 0, script.Effects.OfType<StartEvaluation>().Count());
        }

        var on = new AgentScript().Hear(order).Hear(new StopHelping(Run, 1, "another"));
        Assert.Equal(order, on.State.Helps);
        // A run's word to a member is not meant for who helps with its evaluation.
        Assert.Equal(order, on.Hear(new Leave(Run, 1, 7, "completed")).State.Helps);
        Assert.Empty(new AgentScript().Running(1).Hear(order).Effects.OfType<StartEvaluation>());
    }

    [Fact]
    public void A_training_worker_does_not_evaluate()
    {
        Assert.Empty(new AgentScript().Running(1).Hear(new Evaluate("r-2", 1, "key", "{}", "c", "a")).Effects.OfType<StartEvaluation>());
    }

    [Fact]
    public void A_resting_state_is_written_once_when_no_coordinator_speaks()
    {
        var script = new AgentScript().Held(2, 9);
        script.Now += TimeSpan.FromSeconds(30);
        Assert.Equal(new RequestCheckpoint(Run, 2, 0), script.On(new Ticked()).Single<RequestCheckpoint>());
        script.Now += TimeSpan.FromSeconds(30);
        script.On(new Ticked()).Single<Report>();
        Assert.Empty(script.Effects.OfType<RequestCheckpoint>());
    }

    private static CheckpointWritten Written(long token, long step) => new(Run, "a", 7, token, step, "d", 1, $"{Folder}/{step}", "m", "w");
}
