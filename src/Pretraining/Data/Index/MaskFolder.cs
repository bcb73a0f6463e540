namespace Orchestrator.Pretraining.Data.Index;

/// <summary>Where the label mask of each image of a data set is: under the same name in another folder, as a PNG.</summary>
/// <param name="Images">Folder of the images, relative to the data root.</param>
/// <param name="Masks">Folder of the masks, relative to the data root.</param>
/// <param name="Digest">SHA-256 of the masks' paths and lengths: part of the data set's fingerprint.</param>
internal sealed record MaskFolder(string Images, string Masks, string Digest)
{
    /// <summary>The mask of an image, both relative to the data root.</summary>
    public string PathOf(string image) => $"{Masks}{Path.ChangeExtension(image[Images.Length..], ".png")}";
}
