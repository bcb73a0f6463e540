using Orchestrator.Shared.Protocol;

namespace Orchestrator.Protocol.Tests.Moves;

/// <summary>What training does to a state: strict, so a state is a function of its step.</summary>
internal static class Training
{
    public static readonly HeldState Initial = new(0, "state-of-step-0", 0);

    public static HeldState Step(HeldState state, long generation) => new(state.Step + 1, $"state-of-step-{state.Step + 1}", generation);
}
