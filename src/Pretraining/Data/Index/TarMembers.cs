using System.Formats.Tar;
using System.Text;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data.Index;

/// <summary>Reads the table of contents of a tar file: headers only, the samples' bytes are passed over.</summary>
internal static class TarMembers
{
    private const int LongestClass = 1024;

    /// <summary>The samples of a tar file, in its order.</summary>
    /// <exception cref="DataException">It is damaged, compressed, or two of its samples have one key.</exception>
    public static IReadOnlyList<TarMember> Read(IDataStore store, string path, DataKind kind)
    {
        var samples = new Dictionary<string, TarMember>(StringComparer.Ordinal);
        var order = new List<string>();
        var classes = new Dictionary<string, string>(StringComparer.Ordinal);
        using var file = OpenSeekable(store, path);
        try
        {
            using var reader = new TarReader(file, leaveOpen: true);
            while (reader.GetNextEntry() is { } entry)
            {
                if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
                {
                    continue;
                }

                var name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
                if (entry.DataOffset + entry.Length > file.Length)
                {
                    throw new DataException($"'{path}' ends inside '{name}'; copy it again");
                }

                if (name.EndsWith(".cls", StringComparison.OrdinalIgnoreCase))
                {
                    classes[KeyOf(name)] = ReadClass(entry, path, name);
                }
                else if (SampleNames.IsSample(name, kind))
                {
                    Add(new TarMember(name, entry.DataOffset, entry.Length, null));
                }
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException or FormatException or ArgumentException)
        {
            throw new DataException(
                $"'{path}' is no tar file, or damaged at byte {file.Position} (a compressed one has to be unpacked): {exception.Message}",
                exception
            );
        }
        catch (IOException exception)
        {
            throw new DataException($"'{path}' cannot be read: {exception.Message}", exception) { IsUnreadable = true };
        }

        return [.. order.Select(key => samples[key] with { Class = classes.GetValueOrDefault(key) })];

        void Add(TarMember member)
        {
            var key = KeyOf(member.Name);
            if (!samples.TryAdd(key, member))
            {
                throw new DataException(
                    $"'{path}' has '{samples[key].Name}' and '{member.Name}' with the same key; a key has one {SampleNames.Noun(kind)}"
                );
            }

            order.Add(key);
        }
    }

    /// <summary>WebDataset's key: the name up to the first dot of its last part.</summary>
    private static string KeyOf(string name)
    {
        var dot = name.IndexOf('.', name.LastIndexOf('/') + 1);
        return dot < 0 ? name : name[..dot];
    }

    private static string ReadClass(TarEntry entry, string path, string name)
    {
        if (entry.Length is 0 or > LongestClass)
        {
            throw new DataException($"'{path}/{name}' has {entry.Length} bytes; a class is a number or a word");
        }

        using var text = new StreamReader(entry.DataStream!, Encoding.UTF8);
        return text.ReadToEnd().Trim();
    }

    private static Stream OpenSeekable(IDataStore store, string path)
    {
        var stream = store.OpenRead(path);
        if (stream.CanSeek)
        {
            return stream;
        }

        stream.Dispose();
        return new StoreStream(store, path);
    }
}
