using Orchestrator.Pretraining.Data.Index;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data.Volumes;

/// <summary>The slices of an index's volumes, each a sample. Every member may be used from any thread.</summary>
internal sealed class VolumeSlices : IDisposable
{
    /// <summary>Bytes of opened volumes that one data set keeps.</summary>
    public const long CacheBytes = 512L << 20;

    private readonly SampleFiles files;
    private readonly SlicePlane? plane;
    private readonly int channels;
    private readonly VolumeCache cache;

    /// <param name="files">Disposed with this.</param>
    /// <param name="plane">As <see cref="Volume.Cut"/> takes it.</param>
    /// <param name="channels">1, or 3 for the same plane three times.</param>
    public VolumeSlices(SampleFiles files, SlicePlane? plane, int channels)
    {
        (this.files, this.plane, this.channels) = (files, plane, channels);
        cache = new VolumeCache(CacheBytes, Open);
    }

    public SampleIndex Index => files.Index;

    /// <summary>Reads a sample.</summary>
    /// <exception cref="DataException">Its volume is damaged, gone, or another than when it was listed.</exception>
    public DecodedImage Read(long sample)
    {
        var (entry, part) = Index.Locate(sample);
        return cache.Get(entry).Read(part, channels);
    }

    public void Dispose() => files.Dispose();

    private ISliceReader Open(int entry)
    {
        var listed = Index.PartsOf(entry);
        try
        {
            var slices = OpenSound(entry);
            return slices.Count == listed
                ? slices
                : throw files.Changed($"'{Index.PlaceOf(entry)}' has {slices.Count} slices, and had {listed} when the data set was listed");
        }
        catch (DataException exception) when (!exception.IsUnreadable)
        {
            return new DamagedSlices(listed, exception.Message);
        }
    }

    private ISliceReader OpenSound(int entry)
    {
        var place = Index.PlaceOf(entry);
        var name = place.ToString();
        if (VolumeFile.IsNpy(name))
        {
            var prefix = files.ReadPart(entry, 0, VolumeFile.PrefixBytes(name, place.Length));
            var header = NpyHeader.Read(prefix.Span, place.Length, name);
            if (StoredSlices.Suits(header) && plane is null or SlicePlane.Axial)
            {
                return new StoredSlices(files, entry, header);
            }
        }

        return new DecodedSlices(VolumeFile.Read(files.Read(entry).Content, name, plane));
    }
}
