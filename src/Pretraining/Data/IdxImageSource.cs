using System.Security.Cryptography;

namespace Orchestrator.Pretraining.Data;

/// <summary>Gray images of one size from an IDX file, whole in memory: reading one copies nothing.</summary>
internal sealed class IdxImageSource : IImageSource
{
    private readonly IdxFile images;
    private readonly ImageSize size;
    private readonly Lazy<string> fingerprint;

    public IdxImageSource(IdxFile images, IdxFile? labels, int channels)
    {
        if (images.Dimensions.Length != IdxFile.ImageDimensions)
        {
            throw new DataException(
                images.Dimensions.Length == IdxFile.LabelDimensions
                    ? $"'{images.Name}' is an IDX label file (one dimension); images have three"
                    : $"'{images.Name}' has {images.Dimensions.Length} dimensions; IDX images have three (count, height, width)"
            );
        }

        if (channels != 1)
        {
            throw new DataException(
                $"'{images.Name}' has gray images and the run wants {channels} channels; set the backbone's channels to 1"
            );
        }

        this.images = images;
        size = new ImageSize(images.Dimensions[1], images.Dimensions[2], 1);
        Labels = labels is null ? null : ClassLabels.FromIdx(labels, Count, images.Name);
        fingerprint = new Lazy<string>(() =>
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData("idx/1\n"u8);
            images.AppendTo(hash);
            labels?.AppendTo(hash);
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        });
    }

    public int Count => images.Dimensions[0];

    public ImageSize? FixedSize => size;

    public IReadOnlyList<int>? Labels { get; }

    public IReadOnlyList<string>? ClassNames => null;

    public string Fingerprint => fingerprint.Value;

    public (ReadOnlyMemory<byte> Content, string Name)? Encoded(int index) => null;

    public DecodedImage Read(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return new DecodedImage(size, images.Values.AsMemory(index * size.Area, size.Area));
    }

    public void Dispose()
    {
        // Managed memory only.
    }
}
