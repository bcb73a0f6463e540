using System.Globalization;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Training;

/// <summary>
/// What becomes of a step whose loss or gradient is not finite (<c>nonFinite</c> of the spec). What it counts is part of the state, so ranks
/// agree on any number of workers, whoever joined when.
/// </summary>
/// <param name="state">Holds the count, and the state to go back to.</param>
/// <param name="spec">The policy.</param>
/// <param name="checkpointEvery">Steps between the states that a rollback goes back to.</param>
public sealed class NonFiniteRule(TrainingState state, NonFiniteSpec spec, int checkpointEvery)
{
    /// <summary>After an applied step.</summary>
    /// <param name="completed">Completed steps, this one included.</param>
    public void Applied(long completed)
    {
        if (state.Anchor is { } anchor)
        {
            if (completed % checkpointEvery == 0)
            {
                anchor.Take(completed);
                Count = 0;
            }
        }
        else
        {
            Count = 0;
        }
    }

    /// <summary>Instead of applying a step. The step counts: schedules and data go on.</summary>
    /// <param name="step">0-based index of the step.</param>
    /// <param name="found">What is not finite; the same on every rank.</param>
    /// <returns>The same, with what was done.</returns>
    /// <exception cref="NonFiniteException">The policy is to fail, or no more steps may be refused; the state is as it was.</exception>
    public NonFiniteRow Refuse(long step, NonFiniteRow found)
    {
        if (spec.Policy == NonFinitePolicy.Fail)
        {
            throw new NonFiniteException(step, found.Describe(step));
        }

        var count = Count + 1;
        if (count > spec.Most)
        {
            throw new NonFiniteException(step, string.Create(CultureInfo.InvariantCulture, $"{found.Describe(step)}; {TooMany(count)}"));
        }

        Count = count;
        state.Anchor?.Restore();
        return found with { Count = count, BackTo = state.Anchor?.Step };
    }

    private int Count
    {
        get => state.Refused is { } refused ? (int)refused.Host.Span[0] : 0;
        set
        {
            if (state.Refused is { } refused)
            {
                refused.Host.Span[0] = value;
            }
        }
    }

    private string TooMany(int count) =>
        state.Anchor is { } anchor
            ? $"{count} rollbacks to the state of step {anchor.Step} are more than nonFinite.most, {spec.Most}"
            : $"{count} such steps in a row are more than nonFinite.most, {spec.Most}";
}
