using System.Globalization;
using System.Text.Json;
using Orchestrator.Pretraining.Data.Index;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Data.Volumes;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Benchmarks;

/// <summary>The axial slices of a folder of volumes: one whose volume has to be opened first, and one whose volume is open.</summary>
internal static class VolumeBenchmark
{
    public static int Run(string[] args)
    {
        if (args is not [var folder, ..])
        {
            Console.Error.WriteLine("volumes FOLDER [seconds]");
            return 2;
        }

        var time = TimeSpan.FromSeconds(args.Length > 1 ? double.Parse(args[1], CultureInfo.InvariantCulture) : 10);
        var full = Path.GetFullPath(folder);
        var data = new DataSpec { Volumes = Path.GetFileName(full), Plane = SlicePlane.Axial };
        using var files = new SampleIndexes(null, null).Open(new FolderStore(Path.GetDirectoryName(full)!), data);
        var slices = new VolumeSlices(files, data.CutPlane, channels: 1);
        var index = files.Index;
        var middles = Enumerable
            .Range(0, index.Entries)
            .Select(entry => index.Columns.FirstSamples![entry] + (index.PartsOf(entry) / 2))
            .ToArray();
        var opened = Timing.Mean(time, i => new VolumeSlices(files, data.CutPlane, channels: 1).Read(middles[i % middles.Length]));
        var open = Timing.Mean(time, i => slices.Read(middles[0] + (i % 8)));
        Console.WriteLine(
            JsonSerializer.Serialize(
                new
                {
                    benchmark = "volumes",
                    entries = index.Entries,
                    samples = index.Count,
                    firstSliceMilliseconds = Math.Round(opened * 1000, 2),
                    laterSliceMilliseconds = Math.Round(open * 1000, 3),
                }
            )
        );
        return 0;
    }
}
