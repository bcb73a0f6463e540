namespace Orchestrator.Pretraining.Methods.MimClustering;

/// <summary>A shard's teacher logits and the targets made of them, <c>[rows, K]</c> each.</summary>
public sealed class AssignmentMemory(int rows, int prototypes)
{
    public int Rows { get; } = rows;
    public float[] Logits { get; } = new float[rows * prototypes];
    public float[] Targets { get; } = new float[rows * prototypes];
}
