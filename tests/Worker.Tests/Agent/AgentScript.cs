using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Agent;
using Xunit;

namespace Orchestrator.Worker.Tests.Agent;

/// <summary>Drives the transitions of one worker by hand and remembers what came of the last event.</summary>
internal sealed class AgentScript
{
    public const string Run = "r-1";
    public static readonly DateTimeOffset Noon = new(2025, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public AgentState State { get; private set; } = AgentState.Initial("a", 7, ["127.0.0.1:1", "127.0.0.1:2"], Noon);
    public IReadOnlyList<AgentEffect> Effects { get; private set; } = [];
    public DateTimeOffset Now { get; set; } = Noon;

    public AgentScript On(AgentEvent happened)
    {
        (State, Effects) = AgentTransitions.Decide(State, happened, Now);
        return this;
    }

    public AgentScript Hear(IControlMessage message) => On(new Received(message));

    public T Single<T>()
        where T : AgentEffect => Assert.Single(Effects.OfType<T>());

    /// <summary>Held under n with a state.</summary>
    public AgentScript Held(long n, long step = 0) =>
        Hear(new Prepare(Run, 1, n, null)).On(new RankHeld(n, new HeldState(step, "d" + step, 0)));

    /// <summary>Running in generation n.</summary>
    public AgentScript Running(long n, long step = 0) =>
        Held(n, step).Hear(FormOf(n, step)).On(new RankReady(n, 1000)).Hear(new Start(Run, 1, n));

    public static Form FormOf(long n, long step = 0, string[]? members = null, string[]? sources = null, long incarnation = 7) =>
        new(
            Run,
            1,
            new GenerationRecord
            {
                Run = Run,
                Number = n,
                Members =
                [
                    .. (members ?? ["a", "b"]).Select((name, i) => new GenerationMember(name, incarnation, "127.0.0.1", 1, i * 2, 2)),
                ],
                Shards = 4,
                BaseStep = step,
                BaseDigest = "d" + step,
                BaseStateGeneration = 0,
                Sources = [.. (sources ?? []).Select(name => new GenerationSource(name, "127.0.0.1", 1))],
            },
            new byte[32],
            "{}",
            []
        );
}
