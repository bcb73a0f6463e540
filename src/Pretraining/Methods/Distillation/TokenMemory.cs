namespace Orchestrator.Pretraining.Methods.Distillation;

/// <summary>What a shard keeps of one kind of tokens between the phases of a step; rows are view-major.</summary>
/// <param name="rows">Tokens of the shard's views.</param>
/// <param name="prototypes">K.</param>
/// <param name="countsStudent">Whether the student's mean assignment is needed (ME-MAX).</param>
public sealed class TokenMemory(int rows, int prototypes, bool countsStudent)
{
    public int Rows { get; } = rows;

    /// <summary>The teacher's, <c>[rows, K]</c>.</summary>
    public float[] Logits { get; } = new float[rows * prototypes];

    /// <summary>The teacher's assignments, <c>[rows, K]</c>.</summary>
    public float[] Targets { get; } = new float[rows * prototypes];

    /// <summary>Sums of the student's probabilities over the rows, K; empty where they are not needed.</summary>
    public double[] StudentSums { get; } = countsStudent ? new double[prototypes] : [];
}
