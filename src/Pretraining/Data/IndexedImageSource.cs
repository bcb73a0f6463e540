using System.Runtime.CompilerServices;
using Orchestrator.Pretraining.Data.Index;
using Orchestrator.Pretraining.Data.Masks;

namespace Orchestrator.Pretraining.Data;

/// <summary>
/// Images of an index, decoded when read. The first that are read whole (as evaluations do) and fit into the cache stay decoded, and none is
/// ever put out: each is read once in an order of its own, so that putting one out to keep another gains nothing.
/// </summary>
/// <param name="files">Disposed with this.</param>
/// <param name="channels">What images are decoded to: 1 (gray) or 3.</param>
internal sealed class IndexedImageSource(SampleFiles files, int channels) : IImageSource
{
    /// <summary>Decoded bytes that one source keeps.</summary>
    public const long CacheBytes = 512L << 20;

    private readonly StrongBox<DecodedImage>?[] cache = new StrongBox<DecodedImage>?[files.Index.Count];
    private long cached;

    public int Count => files.Index.Count;

    public ImageSize? FixedSize => null;

    public IReadOnlyList<int>? Labels => files.Index.Labels;

    public bool HasLabelSets => files.Index.Header.IsMultiLabel;

    public ReadOnlySpan<int> LabelsOf(int index) => files.Index.LabelsOf(index);

    public LabelMask? ReadMask(int index) => files.ReadMask(index);

    public IReadOnlyList<string>? ClassNames => files.Index.ClassNames;

    public IReadOnlyList<int>? GroupStarts => files.Index.GroupStarts();

    public string Fingerprint => files.Index.Fingerprint;

    public (ReadOnlyMemory<byte> Content, string Name)? Encoded(int index) => files.Read(index);

    public DecodedImage Read(int index)
    {
        if (Volatile.Read(ref cache[index]) is { } known)
        {
            return known.Value;
        }

        var (content, name) = files.Read(index);
        var image = ImageDecoder.Decode(content, name, channels);
        // Two threads may decode one image at the same time; the loser's bytes are given back.
        if (
            Interlocked.Add(ref cached, image.Bytes) > CacheBytes
            || Interlocked.CompareExchange(ref cache[index], new StrongBox<DecodedImage>(image), null) is not null
        )
        {
            Interlocked.Add(ref cached, -image.Bytes);
        }

        return image;
    }

    public void Dispose()
    {
        Array.Clear(cache);
        files.Dispose();
    }
}
