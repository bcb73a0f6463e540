using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Data.Volumes;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data.Index;

/// <summary>Counts the slices of the volumes of a listing, from their headers.</summary>
internal static class VolumeParts
{
    // Each reads a few KiB and waits: for a disk's head or a server, not for a core.
    private const int AtOnce = 16;

    /// <summary>
    /// Sets the parts of each sample. A volume whose header is damaged, or has no slices in the plane, is one sample, which is found damaged when
    /// it is read: one file does not stop a large set.
    /// </summary>
    /// <param name="plane">As <see cref="Volume.Cut"/> takes it.</param>
    /// <exception cref="DataException">A file cannot be read, or none of them has slices.</exception>
    public static SampleListing Count(IDataStore store, SampleListing listing, SlicePlane? plane)
    {
        var counted = new (int Parts, DataException? Problem)[listing.Samples.Count];
        Parallel.For(
            0,
            counted.Length,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            i => counted[i] = CountOf(store, listing, listing.Samples[i], plane)
        );
        if (counted.Select(count => count.Problem).FirstOrDefault(problem => problem is { IsUnreadable: true }) is { } unreadable)
        {
            throw unreadable;
        }

        return counted.Any(count => count.Problem is null)
            ? listing with
            {
                Samples = [.. listing.Samples.Select((sample, i) => sample with { Parts = counted[i].Parts })],
            }
            : throw new DataException(
                $"'{listing.Source}' has no volume with {(plane is { } wanted ? SpecWords.Word(wanted) + " " : "")}slices, of {counted.Length}: {counted[0].Problem!.Message}"
            );
    }

    private static (int Parts, DataException? Problem) CountOf(
        IDataStore store,
        SampleListing listing,
        ListedSample sample,
        SlicePlane? plane
    )
    {
        var place = SamplePlace.Below(listing.Folder, sample.Archive, sample.Path, sample.Offset, sample.Length);
        try
        {
            var prefix = store.Read(place.Path, place.Offset, VolumeFile.PrefixBytes(sample.Path, sample.Length));
            return (VolumeFile.CountSlices(prefix, place.Length, place.ToString(), plane), null);
        }
        catch (DataException exception)
        {
            return (1, exception);
        }
    }
}
