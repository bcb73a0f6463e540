using System.Runtime.InteropServices;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Worker.Ranks;

/// <summary>A <see cref="Failpoint"/> that spoils a rank's weights. Used by the rank thread alone.</summary>
internal sealed class WeightFault(Failpoint? failpoint)
{
    // The highest bit of the fraction: the weight stays finite.
    private const int Bit = 1 << 22;

    private static readonly string BackwardDone = SpecWords.Word(StepMoment.BackwardDone);
    private bool spoiled;

    /// <summary>A moment of a step.</summary>
    public void Pass(string moment, long step, IRankState state)
    {
        if (failpoint is { Fault: not FailpointFault.Kill } && failpoint.Is(moment, step) && !spoiled)
        {
            Turn(state);
            spoiled = true;
        }

        if (moment == BackwardDone)
        {
            Restore(state);
        }
    }

    /// <summary>The step is over, or given up: a wrong computation leaves nothing behind.</summary>
    public void Restore(IRankState state)
    {
        if (spoiled && failpoint!.Fault == FailpointFault.Miscompute)
        {
            Turn(state);
            spoiled = false;
        }
    }

    /// <summary>Turns the bit over, in the first weight that is not zero: padding and unused ones are.</summary>
    private static void Turn(IRankState state)
    {
        foreach (ref var bits in MemoryMarshal.Cast<float, int>(state.Student.Span))
        {
            if (bits != 0)
            {
                bits ^= Bit;
                return;
            }
        }
    }
}
