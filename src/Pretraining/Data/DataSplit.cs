namespace Orchestrator.Pretraining.Data;

/// <summary>The last images of a source are held out: never pretrained on, so that probes can test on them.</summary>
public sealed record DataSplit
{
    /// <summary>Splits a source.</summary>
    /// <param name="count">Images in the source.</param>
    /// <param name="holdOut">Images to hold out, 0 … count − 1.</param>
    /// <param name="what">What they are, in the plural, as messages call them.</param>
    /// <exception cref="DataException">Nothing would be left to pretrain on.</exception>
    public DataSplit(int count, int holdOut, string what = "images")
    {
        ArgumentOutOfRangeException.ThrowIfNegative(holdOut);
        if (holdOut >= count)
        {
            throw new DataException($"data.holdOut {holdOut} leaves nothing of {count} {what} to pretrain on; it must be below {count}");
        }

        (PretrainingCount, HeldOutCount) = (count - holdOut, holdOut);
    }

    /// <summary>Images 0 … PretrainingCount − 1 are pretrained on.</summary>
    public int PretrainingCount { get; }

    /// <summary>Images from PretrainingCount on.</summary>
    public int HeldOutCount { get; }

    /// <summary>Index of the first held-out image.</summary>
    public int FirstHeldOut => PretrainingCount;
}
