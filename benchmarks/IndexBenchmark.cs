using System.Diagnostics;
using System.Text.Json;
using Orchestrator.Pretraining.Data.Index;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Benchmarks;

/// <summary>
/// The first pass over a folder tree of class folders with 1,300 files each (sparse, of 100 bytes), and the start of a later run from the
/// index that it left. The tree is made below the temporary folder and removed.
/// </summary>
internal static class IndexBenchmark
{
    private const int FilesAFolder = 1300;

    public static int Run(string[] args)
    {
        var count = args.Length > 0 ? int.Parse(args[0]) : 1_300_000;
        var root = Directory.CreateTempSubdirectory("orchestrator-index-").FullName;
        try
        {
            MakeTree(Path.Combine(root, "set"), count);
            var data = new DataSpec { Images = "set", Labels = "folders" };
            var (first, _) = Open(root, data);
            var (later, bytes) = Open(root, data);
            var file = new FileInfo(Directory.GetFiles(Path.Combine(root, "cache")).Single()).Length;
            Console.WriteLine(
                JsonSerializer.Serialize(
                    new
                    {
                        benchmark = "index",
                        entries = count,
                        firstSeconds = Math.Round(first, 2),
                        laterSeconds = Math.Round(later, 3),
                        fileBytesAnEntry = Math.Round((double)file / count, 1),
                        memoryBytesAnEntry = Math.Round((double)bytes / count, 1),
                    }
                )
            );
            return 0;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static (double Seconds, long Bytes) Open(string root, DataSpec data)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var begun = Stopwatch.GetTimestamp();
        using var files = new SampleIndexes(Path.Combine(root, "cache"), Console.Error.WriteLine).Open(new FolderStore(root), data);
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        GC.KeepAlive(files);
        return (seconds, bytes);
    }

    private static void MakeTree(string set, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var folder = Path.Combine(set, $"n{i / FilesAFolder:D8}");
            if (i % FilesAFolder == 0)
            {
                Directory.CreateDirectory(folder);
            }

            using var file = new FileStream(Path.Combine(folder, $"n{i / FilesAFolder:D8}_{i}.JPEG"), FileMode.CreateNew);
            file.SetLength(100);
        }

        // As old as a data set is: what has just changed is not trusted.
        foreach (var folder in Directory.GetDirectories(set).Append(set))
        {
            Directory.SetLastWriteTimeUtc(folder, DateTime.UnixEpoch);
        }
    }
}
