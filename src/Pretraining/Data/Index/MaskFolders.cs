using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Orchestrator.Pretraining.Data.Masks;
using Orchestrator.Pretraining.Data.Storage;

namespace Orchestrator.Pretraining.Data.Index;

/// <summary>Pairs the images of a folder with the masks of another one.</summary>
internal static class MaskFolders
{
    private const string Key = "data.masks";

    /// <summary>Adds the folder of <c>data.masks</c> to a listing of files.</summary>
    /// <exception cref="DataException">There is no such folder, or an image without mask or a mask without image.</exception>
    public static SampleListing Pair(IDataStore store, SampleListing listing, string masks)
    {
        if (store.KindOf(masks, Key) != StoredKind.Folder)
        {
            throw new DataException(
                $"{Key} '{masks}' is no folder in the data root '{store.Name}'; it holds a PNG for each image, under the same name"
            );
        }

        var tree = store.List(masks);
        var lengths = tree
            .Files.Where(file => file.Path.EndsWith(".png", StringComparison.OrdinalIgnoreCase))
            .ToDictionary(file => $"{masks}/{file.Path}", file => file.Length, StringComparer.Ordinal);
        var images = listing.Samples.Select(sample => $"{listing.Folder}/{sample.Path}");
        var pairs = MaskLayout.Pair([.. images, .. lengths.Keys], listing.Folder, masks, store.Name);
        return listing with
        {
            Masks = new MaskFolder(listing.Folder, masks, Digest(pairs.Select(pair => (pair.Mask, lengths[pair.Mask])))),
            Stamps = [.. listing.Stamps, .. tree.Stamps],
        };
    }

    /// <summary>SHA-256 of paths and lengths.</summary>
    public static string Digest(IEnumerable<(string Path, long Length)> masks)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (path, length) in masks)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{path}\n{length}\n")));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
