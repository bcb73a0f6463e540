using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Index;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Tests.Data;

/// <summary>Images of a folder on disk, as a spec with these fields opens them.</summary>
internal static class OpenedImages
{
    public static IImageSource Open(string root, string images, string? labels, int channels)
    {
        var store = new FolderStore(root);
        return ImageSources.Open(store, new SampleIndexes(null, null), new DataSpec { Images = images, Labels = labels }, channels).Images;
    }
}
