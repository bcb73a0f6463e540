using System.Text.Json;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Orchestrator.Benchmarks.Micro;

/// <summary>Single kernels, measured by BenchmarkDotNet in this process: <c>[--filter TEXT] [--json]</c>.</summary>
internal static class MicroBenchmark
{
    private const double NanosecondsOfMicrosecond = 1000;

    /// <summary>Prints BenchmarkDotNet's tables, or one line of JSON.</summary>
    public static int Run(string[] words)
    {
        var given = new BenchmarkWords(words, "--json");
        var (json, filter) = (given.Flag("--json"), given.Text("--filter"));
        given.End("--filter and --json");
        var artifacts = Directory.CreateTempSubdirectory("micro-");
        try
        {
            var config = ManualConfig
                .CreateEmpty()
                .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
                .AddColumnProvider(DefaultColumnProviders.Instance)
                .AddLogger(json ? NullLogger.Instance : ConsoleLogger.Default)
                .AddFilter(
                    new BenchmarkDotNet.Filters.SimpleFilter(one =>
                        filter is null || Name(one).Contains(filter, StringComparison.OrdinalIgnoreCase)
                    )
                )
                .WithArtifactsPath(artifacts.FullName);
            Summary[] summaries = BenchmarkRunner.Run([typeof(FlatBufferKernels), typeof(SinkhornKernels)], config);
            var reports = summaries.SelectMany(summary => summary.Reports).Where(report => report.ResultStatistics is not null).ToArray();
            if (json)
            {
                Console.WriteLine(
                    JsonSerializer.Serialize(
                        reports.Select(report => new
                        {
                            kernel = Name(report.BenchmarkCase),
                            meanUs = Math.Round(report.ResultStatistics!.Mean / NanosecondsOfMicrosecond, 3),
                            allocatedBytes = report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0,
                        })
                    )
                );
            }

            return reports.Length > 0 ? 0 : 1;
        }
        finally
        {
            artifacts.Delete(recursive: true);
        }
    }

    private static string Name(BenchmarkCase one) => $"{one.Descriptor.WorkloadMethod.Name}({one.Parameters.ValueInfo})";
}
