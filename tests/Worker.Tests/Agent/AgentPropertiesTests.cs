using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Randomness;
using Orchestrator.Worker.Agent;
using Xunit;

namespace Orchestrator.Worker.Tests.Agent;

/// <summary>Random histories of lost, doubled and reordered messages: what may never happen does not.</summary>
public sealed class AgentPropertiesTests
{
    private const string Run = AgentScript.Run;

    [Fact]
    public void Random_histories_keep_the_promise()
    {
        for (var history = 0; history < 400; history++)
        {
            var draws = new PhiloxStream(1, DrawPurpose.Preflight, 0, history);
            var script = new AgentScript();
            var rank = new RestingRank();
            for (var i = 0; i < 120; i++)
            {
                var before = script.State;
                script.Now += TimeSpan.FromMilliseconds(draws.NextUInt32() % 700);
                script.On(Next(ref draws, rank));
                rank.Obey(script.Effects);
                Check(before, script.State, rank, $"history {history}, event {i}");
            }
        }
    }

    [Fact]
    public void A_message_heard_twice_changes_nothing_more()
    {
        for (var history = 0; history < 400; history++)
        {
            var draws = new PhiloxStream(2, DrawPurpose.Preflight, 0, history);
            var script = new AgentScript();
            var rank = new RestingRank();
            for (var i = 0; i < 80; i++)
            {
                var happened = Next(ref draws, rank);
                script.On(happened);
                rank.Obey(script.Effects);
                if (happened is Received { Message: not (StatusAck or WriteCheckpoint) })
                {
                    var before = script.State;
                    script.On(happened);
                    Assert.Equal(before, script.State);
                    Assert.DoesNotContain(script.Effects, effect => effect is StopRank or FormRank or StartRank or ReleaseRank);
                }
            }
        }
    }

    private static void Check(AgentState before, AgentState after, RestingRank rank, string where)
    {
        var left = after.Run is null;
        Assert.True(left || after.Promised >= before.Promised, $"{where}: the promise fell from {before.Promised} to {after.Promised}");
        Assert.True(left || after.Generation >= before.Generation, $"{where}: the generation fell");
        Assert.True(after.Held is null || after.Phase == WorkerPhase.Held, $"{where}: a held state in phase {after.Phase}");
        Assert.True(after.Suspect is null || after.Phase == WorkerPhase.Stopped, $"{where}: a suspect in phase {after.Phase}");
        Assert.True(after.Promised <= after.Wanted, $"{where}: promised {after.Promised} beyond {after.Wanted}");
        Assert.True(after.Phase != WorkerPhase.Held || after.Wanted != after.Promised || rank.Rests, $"{where}: held, and the rank moves");
        Assert.True(!after.IsInGeneration || after.Generation <= after.Promised, $"{where}: in a generation without its promise");
    }

    private static AgentEvent Next(ref PhiloxStream draws, RestingRank rank)
    {
        var n = 1 + (draws.NextUInt32() % 6);
        var epoch = 1 + (draws.NextUInt32() % 2);
        return (draws.NextUInt32() % 14) switch
        {
            0 or 1 => new Received(new Prepare(Run, epoch, n, draws.NextUInt32() % 3 == 0 ? n : null)),
            2 or 3 => new Received(
                AgentScript.FormOf(n, members: draws.NextUInt32() % 4 == 0 ? ["b"] : null, sources: ["a"]) with
                {
                    Epoch = epoch,
                }
            ),
            4 => new Received(new Start(Run, epoch, n)),
            5 when draws.NextUInt32() % 6 == 0 => new Received(new Leave(Run, epoch, 7, "released")),
            6 => new Received(new StatusAck(Run, epoch, 1, n, null)),
            7 => new Received(new CheckpointSettled(Run, epoch, n, n, n % 2 == 0, "", [$"runs/{Run}/checkpoints/x"])),
            8 => new Ticked(),
            _ => rank.Move(ref draws),
        };
    }

    /// <summary>What a rank thread may do and say.</summary>
    private sealed class RestingRank
    {
        private readonly Queue<StopRank> stops = new();
        private long generation;
        private long step;

        public bool Rests => generation == 0;

        public void Obey(IEnumerable<AgentEffect> effects)
        {
            foreach (var effect in effects)
            {
                switch (effect)
                {
                    case StopRank stop:
                        stops.Enqueue(stop);
                        break;
                    case FormRank form:
                        generation = form.Form.Record.Number;
                        break;
                    case ReleaseRank:
                        (generation, step) = (0, 0);
                        stops.Clear();
                        break;
                }
            }
        }

        public AgentEvent Move(ref PhiloxStream draws)
        {
            if (stops.Count > 0 && draws.NextUInt32() % 2 == 0)
            {
                generation = 0;
                return new RankHeld(stops.Dequeue().Number, new HeldState(step, "d" + step, 0));
            }

            if (generation == 0)
            {
                return new Ticked();
            }

            switch (draws.NextUInt32() % 4)
            {
                case 0:
                    return new RankReady(generation, 1000);
                case 1:
                    var ended = generation;
                    generation = 0;
                    return new RankStopped(ended, new Suspicion("b", "closed", false, 0), null);
                default:
                    return new RankAdvanced(generation, ++step, step, false);
            }
        }
    }
}
