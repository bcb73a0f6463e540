using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data.Index;

/// <summary>
/// The indexes that a machine keeps. One is used again while the stamps of everything that it was made from are as they were, and made anew
/// otherwise. Small sets of single files are always listed anew: that takes no time, and sees files that were changed in their places.
/// </summary>
/// <param name="folder">Of the indexes; ranks of a machine may share it. Null: nothing is kept.</param>
/// <param name="warn">Told in words what cannot be kept.</param>
/// <param name="worthKeeping">Indexes of fewer single files are not kept.</param>
internal sealed class SampleIndexes(string? folder, Action<string>? warn, int worthKeeping = 10_000)
{
    /// <summary>The files of a source, with their index.</summary>
    /// <param name="store">Taken over once this returns.</param>
    /// <exception cref="DataException">Something is missing, damaged or does not fit; the message names it.</exception>
    public SampleFiles Open(IDataStore store, DataSpec data)
    {
        var path = folder is null ? null : Path.Combine(folder, $"{KeyOf(store, data)}.index");
        var index = path is null ? null : Known(path, store);
        if (index is null)
        {
            index = SampleIndexBuilder.Build(store, SampleListers.List(store, data), data);
            Keep(path, index);
        }

        // A file that is not as it was listed: the next start lists anew.
        return new SampleFiles(store, index, () => Forget(path));
    }

    /// <summary>Everything of a spec that shapes its index, and the root that it was made below.</summary>
    private static string KeyOf(IDataStore store, DataSpec data)
    {
        var shaping = data with { MaxDamaged = 0, LastBatch = default, Prefetch = 0, ReducedDecode = false };
        var text = $"{store.Name}\n{JsonSerializer.Serialize(shaping, RunSpecJson.Options)}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private SampleIndex? Known(string path, IDataStore store)
    {
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            var index = IndexFile.Read(path);
            return index.Header.Stamps.All(stamp => store.Stamp(stamp.Path)?.Value == stamp.Value) ? index : null;
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            warn?.Invoke($"the data index cannot be used and is made anew: {exception.Message}");
            return null;
        }
    }

    private void Keep(string? path, SampleIndex index)
    {
        var worth = index.Entries >= worthKeeping || index.Header.Archives.Count > 0;
        if (path is null || !worth || index.Header.Stamps.Any(stamp => !stamp.IsSettled))
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(folder!);
            IndexFile.Write(path, index);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            warn?.Invoke($"the data index cannot be kept, so the next run lists the data anew: {exception.Message}");
        }
    }

    private static void Forget(string? path)
    {
        try
        {
            if (path is not null)
            {
                File.Delete(path);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What is told to the user is the file that could not be read.
        }
    }
}
