namespace Orchestrator.Pretraining.Data.Volumes;

/// <summary>Slices of a volume that is whole in memory.</summary>
internal sealed class DecodedSlices(Volume volume) : ISliceReader
{
    public int Count => volume.Slices;

    public long Bytes => volume.Bytes;

    public DecodedImage Read(int index, int channels) => volume.Slice(index, channels);
}
