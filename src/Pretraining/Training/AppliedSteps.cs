using Orchestrator.Pretraining.Optimization;

namespace Orchestrator.Pretraining.Training;

/// <summary>
/// How often the optimizer has run, where it may be fewer times than steps are completed: its bias correction goes by this. Part of the state.
/// </summary>
public sealed class AppliedSteps
{
    private const string Optimizer = "optimizer";
    private const string Prototypes = "prototypes";

    /// <summary>Two counts, as <see cref="SplitCount"/> writes them: of all parameters, and of prototypes, which may be frozen at first.</summary>
    public FlatTensor Flat { get; } = new(ParameterLayout.Of([(Optimizer, new long[] { 2 }), (Prototypes, new long[] { 2 })]));

    /// <summary>Updates that parameters have had.</summary>
    public long OfParameters => SplitCount.Read(Part(Optimizer));

    /// <summary>Updates that prototypes have had.</summary>
    public long OfPrototypes => SplitCount.Read(Part(Prototypes));

    /// <summary>Counts an update.</summary>
    /// <param name="prototypes">Whether it was one of the prototypes too.</param>
    public void Count(bool prototypes)
    {
        SplitCount.Write(Part(Optimizer), OfParameters + 1);
        if (prototypes)
        {
            SplitCount.Write(Part(Prototypes), OfPrototypes + 1);
        }
    }

    private Span<float> Part(string name) => Flat[Flat.Layout.Segments.Single(segment => segment.Name == name)];
}
