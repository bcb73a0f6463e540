namespace Orchestrator.Benchmarks.Scaling.Model;

/// <summary>What is assumed of the steps that are to be exchanged for.</summary>
/// <param name="StepSeconds">A rank's step alone.</param>
/// <param name="BackwardShare">Of the step, behind which buckets may be exchanged while it goes on.</param>
/// <param name="Parameters">Elements of the gradient.</param>
/// <param name="ElementBytes">Of one on the wire.</param>
/// <param name="BucketBytes">Of a bucket, where the exchange overlaps.</param>
internal sealed record StepAssumptions(double StepSeconds, double BackwardShare, int Parameters, int ElementBytes, int BucketBytes)
{
    /// <summary>Sums of statistics in each step of GMML, in turn: what the step counts, and its losses (TrainStep). Other methods have more, and larger ones.</summary>
    public const int SmallSums = 2;

    /// <summary>float64 of such a sum: three counts and four of the samples' digest, in whole granules.</summary>
    public const int SmallLength = 8;
}
