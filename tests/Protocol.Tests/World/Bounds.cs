namespace Orchestrator.Protocol.Tests.World;

/// <summary>What is explored: a run's size, and what may go wrong.</summary>
/// <param name="Workers">Named a, b, c.</param>
/// <param name="Steps">Of the whole run.</param>
/// <param name="Min">Fewest members of a generation.</param>
/// <param name="Given">How many of the workers the run gets at first; the others wait until the run asks for more.</param>
/// <param name="EverySteps">Steps between checkpoints.</param>
/// <param name="MostNumbers">States whose prepare number is above are not followed; they are counted.</param>
internal sealed record Bounds(int Workers, int Steps, int Min, Faults Faults, int? Given = null, int EverySteps = 10, long MostNumbers = 7)
{
    /// <summary>A number above the bound is a violation: so many are never needed.</summary>
    public bool NumbersEnd { get; init; }

    /// <summary>What has to be reached: the run's completion, or its last step without a word of a coordinator.</summary>
    public bool TrainsAlone { get; init; }

    /// <summary>A checkpoint is copied at one moment and stands at a later one; otherwise both at once.</summary>
    public bool SlowWriter { get; init; }

    public override string ToString() =>
        $"{Workers} workers ({Given ?? Workers} at first), min {Min}, {Steps} steps, checkpoint every {EverySteps}, numbers to {MostNumbers}, {Faults}";
}
