using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data.Index;

/// <summary>
/// The order of a data set's samples. Without labels and groups: ordinal order of their names. Otherwise that of the SHA-256 of their names
/// (of their groups, whose samples stay together): as good as shuffled, and the same on every machine, so that the end, which is held out, is
/// of all classes; a sample that is added moves no other across more than its own place.
/// </summary>
internal static class SampleOrder
{
    /// <summary>Orders a listing and splits it.</summary>
    /// <returns>The samples, those that are held out last, and how many entries are before them.</returns>
    /// <exception cref="DataException">Nothing would be held out, or nothing be left to pretrain on.</exception>
    public static (IReadOnlyList<ListedSample> Samples, int Kept) Of(SampleListing listing, DataSpec data)
    {
        var grouped = listing.Samples.Any(sample => sample.Group is not null);
        var samples = listing.IsLabeled || grouped ? Mixed(listing.Samples) : ByName(listing.Samples);
        return data.HoldOutSplit is { } split ? BySplit(samples, split, listing.Source)
            : grouped ? (samples, samples.Length - LastGroups(samples, data.HoldOut))
            : (samples, new DataSplit(samples.Length, data.HoldOut, SampleNames.Noun(data.Kind) + "s").PretrainingCount);
    }

    private static ListedSample[] ByName(IReadOnlyList<ListedSample> samples) =>
        [.. samples.OrderBy(sample => sample.Name, StringComparer.Ordinal)];

    private static ListedSample[] Mixed(IReadOnlyList<ListedSample> samples)
    {
        var keys = new (UInt128 High, UInt128 Low, string Name)[samples.Count];
        var ordered = new ListedSample[samples.Count];
        for (var i = 0; i < ordered.Length; i++)
        {
            var hash = SHA256.HashData(Encoding.UTF8.GetBytes(KeyOf(samples[i])));
            keys[i] = (
                BinaryPrimitives.ReadUInt128BigEndian(hash),
                BinaryPrimitives.ReadUInt128BigEndian(hash.AsSpan(16)),
                samples[i].Name
            );
            ordered[i] = samples[i];
        }

        Array.Sort(
            keys,
            ordered,
            Comparer<(UInt128 High, UInt128 Low, string Name)>.Create(
                (a, b) =>
                    a.High != b.High ? a.High.CompareTo(b.High)
                    : a.Low != b.Low ? a.Low.CompareTo(b.Low)
                    : string.CompareOrdinal(a.Name, b.Name)
            )
        );
        return ordered;
    }

    private static (IReadOnlyList<ListedSample> Samples, int Kept) BySplit(ListedSample[] samples, string split, string source)
    {
        ListedSample[] kept = [.. samples.Where(sample => sample.Split != split)];
        if (kept.Length == samples.Length || kept.Length == 0)
        {
            var known = samples
                .Select(sample => sample.Split)
                .OfType<string>()
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal);
            throw new DataException(
                kept.Length == 0
                    ? $"data.holdOutSplit '{split}' is all of '{source}'; nothing would be left to pretrain on"
                    : $"data.holdOutSplit '{split}' is no split of '{source}'; its splits: {string.Join(", ", known.DefaultIfEmpty("none"))}"
            );
        }

        ListedSample[] heldOut = [.. samples.Where(sample => sample.Split == split)];
        RequireWholeGroups(kept, heldOut, split, source);
        return ([.. kept, .. heldOut], kept.Length);
    }

    /// <summary>Who is pretrained on is not tested on, whatever a table says.</summary>
    private static void RequireWholeGroups(ListedSample[] kept, ListedSample[] heldOut, string split, string source)
    {
        var groups = kept.Select(sample => sample.Group).OfType<string>().ToHashSet(StringComparer.Ordinal);
        if (Array.Find(heldOut, sample => sample.Group is { } group && groups.Contains(group)) is { } divided)
        {
            throw new DataException(
                $"data.holdOutSplit '{split}' of '{source}' divides group {divided.Group} (patient, speaker, exam): '{divided.Name}' is in it and other samples of the group are not; put all of a group into one split"
            );
        }
    }

    /// <summary>How many entries the last groups have.</summary>
    private static int LastGroups(ListedSample[] samples, int holdOut)
    {
        var groups = 0;
        var entry = samples.Length;
        while (entry > 0 && groups < holdOut)
        {
            entry--;
            groups += entry == 0 || KeyOf(samples[entry]) != KeyOf(samples[entry - 1]) ? 1 : 0;
        }

        return holdOut == 0 || (groups == holdOut && entry > 0)
            ? samples.Length - entry
            : throw new DataException(
                $"data.holdOut {holdOut} counts groups here (patients, speakers, exams) and leaves nothing of {groups} to pretrain on; it must be below {groups}"
            );
    }

    private static string KeyOf(ListedSample sample) => sample.Group ?? sample.Name;
}
