using Orchestrator.Shared.Methods;

namespace Orchestrator.Pretraining.Methods.Contrastive;

/// <summary>What a shard keeps of a step of <see cref="ContrastiveMethod"/>.</summary>
public sealed class ContrastiveMemory
{
    /// <param name="rows">Views × micro-batch.</param>
    /// <param name="dim">Of the backbone's features.</param>
    /// <param name="options">Widths.</param>
    public ContrastiveMemory(int rows, int dim, ContrastiveOptions options)
    {
        Projector = new MlpTrace(rows, options.ProjectorWidths(dim));
        Predictor = new MlpTrace(rows, options.PredictorWidths());
        Keys = new MlpTrace(rows, options.ProjectorWidths(dim));
        Norms = new float[rows];
    }

    /// <summary>The student's, from features to projections.</summary>
    public MlpTrace Projector { get; }

    /// <summary>The student's, from projections to queries.</summary>
    public MlpTrace Predictor { get; }

    /// <summary>The teacher's projector: its output are the keys.</summary>
    public MlpTrace Keys { get; }

    /// <summary>Of the rows that were made unit length last.</summary>
    public float[] Norms { get; }

    /// <summary>The queries, <c>[rows, dim]</c>; on the way back their gradient.</summary>
    public float[] Queries => Predictor.Output;

    /// <summary>The shard's part of the loss.</summary>
    public double Loss { get; set; }

    /// <summary>Queries that are nearest to their own key.</summary>
    public int Found { get; set; }
}
