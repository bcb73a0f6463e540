namespace Orchestrator.Pretraining.Data.Volumes;

/// <summary>The slices of one volume. Every member may be used from any thread.</summary>
internal interface ISliceReader
{
    /// <summary>Slices of the volume.</summary>
    int Count { get; }

    /// <summary>Memory that it holds.</summary>
    long Bytes { get; }

    /// <summary>One slice as an image.</summary>
    /// <param name="index">0 … Count − 1.</param>
    /// <param name="channels">1, or 3 for the same plane three times.</param>
    /// <exception cref="DataException">The volume is damaged or cannot be read.</exception>
    DecodedImage Read(int index, int channels);
}
