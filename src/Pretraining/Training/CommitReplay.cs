namespace Orchestrator.Pretraining.Training;

/// <summary>Applies steps that other ranks computed, by the same code as they do: so a joiner follows a run to the same bits.</summary>
public sealed class CommitReplay(TrainingParts parts)
{
    private readonly Commit commit = new(parts);
    private readonly NonFiniteRule nonFinite = new(parts.State, parts.NonFinite, parts.CheckpointEvery);

    /// <summary>Brings the state from before the step to after it. Not to be interrupted.</summary>
    /// <exception cref="ArgumentException">The step is not the state's next one, or its parts are not of this run.</exception>
    public void Apply(CommittedStep committed)
    {
        var state = parts.State;
        if (committed.Step != state.Step)
        {
            throw new ArgumentException($"Step {committed.Step} was committed; the state's next one is {state.Step}.", nameof(committed));
        }

        RequireParts(committed);
        if (committed.Gradient is { } reduced)
        {
            var gradient = parts.Gradients.Take();
            reduced.Span.CopyTo(gradient.Host.Span);
            commit.Measure(gradient, committed.Step);
            commit.Apply(gradient, committed.Step);
            parts.Gradients.Give(gradient);
            Take(committed);
            // After the statistics: what a rollback would go back to includes them.
            nonFinite.Applied(committed.Step + 1);
        }
        else
        {
            state.Anchor?.Restore();
        }

        Take(committed);
        state.SetStep(committed.Step + 1, state.Generation);
    }

    private void Take(CommittedStep committed)
    {
        foreach (var (slot, values) in parts.State.Statistics.Zip(committed.Statistics))
        {
            values.Values.CopyTo(slot.Buffer.Span);
        }
    }

    private void RequireParts(CommittedStep committed)
    {
        var expected = parts.State.Statistics.Select(slot => (slot.Name, slot.Buffer.Length));
        var given = committed.Statistics.Select(values => (values.Name, values.Values.Length));
        if (!expected.SequenceEqual(given) || committed.Gradient is { } gradient && gradient.Length != parts.State.Student.Host.Length)
        {
            throw new ArgumentException("The parts of the committed step are not those of this run.", nameof(committed));
        }
    }
}
