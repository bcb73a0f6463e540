using Orchestrator.Pretraining.Views;

namespace Orchestrator.Pretraining.Evaluation;

/// <summary>
/// The images of the <c>unaligned</c> protocol: every image, training and test, seen once through one fixed random resized crop (area
/// 0.4–1, ratio 3/4–4/3, bilinear) and flip, the same in every evaluation. Data sets whose objects all stand in the same place are nearly
/// solved by pixel position; here they are not. The crops are of the family that pretraining uses.
/// </summary>
public static class UnalignedProtocol
{
    public const string Name = "unaligned";

    /// <summary>Of labeled images and subsets (and, in <see cref="FixedCrop"/>, of crops): the same whatever the run's seed, so that figures of runs can be compared.</summary>
    public const ulong Seed = 0;
}
