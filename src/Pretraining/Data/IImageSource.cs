using Orchestrator.Pretraining.Data.Masks;

namespace Orchestrator.Pretraining.Data;

/// <summary>A set of images with random access. Every member may be used from any thread.</summary>
public interface IImageSource : IDisposable
{
    /// <summary>Number of images, at least 1.</summary>
    int Count { get; }

    /// <summary>The size of every image; null where they differ.</summary>
    ImageSize? FixedSize { get; }

    /// <summary>The class of each image, from 0; null without labels.</summary>
    IReadOnlyList<int>? Labels { get; }

    /// <summary>Whether images have any number of labels, and not one each.</summary>
    bool HasLabelSets => false;

    /// <summary>The classes of an image, ascending; empty without labels.</summary>
    ReadOnlySpan<int> LabelsOf(int index) => Labels is { } labels ? new[] { labels[index] } : [];

    /// <summary>The class of every pixel of an image; null without masks.</summary>
    /// <exception cref="DataException">The mask is gone, damaged, or no index mask.</exception>
    LabelMask? ReadMask(int index) => null;

    /// <summary>Names by class number; null where classes have none.</summary>
    IReadOnlyList<string>? ClassNames { get; }

    /// <summary>First sample of each group of those pretrained on; null where the images have none.</summary>
    IReadOnlyList<int>? GroupStarts => null;

    /// <summary>
    /// 64 hex digits that two copies of one data set share and other sets do not. IDX: SHA-256 of sizes, pixels and labels as they are
    /// uncompressed, so that <c>x</c> and <c>x.gz</c> are one set. Folders: SHA-256 of every relative path and length, and of content:
    /// all of it up to 64 MiB, above that the first 64 KiB of 1,024 files spread evenly over the order. Computed at the first use.
    /// </summary>
    string Fingerprint { get; }

    /// <summary>The encoded file of an image, so that only what a view needs is decoded; null where images stand decoded in memory.</summary>
    /// <param name="index">0 … Count − 1.</param>
    /// <exception cref="DataException">The file is gone or cannot be read.</exception>
    (ReadOnlyMemory<byte> Content, string Name)? Encoded(int index);

    /// <summary>Decodes one image.</summary>
    /// <param name="index">0 … Count − 1.</param>
    /// <exception cref="DataException">The file is gone or cannot be decoded.</exception>
    DecodedImage Read(int index);
}
