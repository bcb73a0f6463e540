using System.Collections.Frozen;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Data.Storage.S3;
using Orchestrator.Worker.Options;

namespace Orchestrator.Worker.Commands;

/// <summary>The options of a verb that say where its data is; they mean what the worker's settings of like names do.</summary>
internal static class DataPlaceArguments
{
    public const string Usage =
        "[--data-root DIR|s3://BUCKET/PREFIX] [--data-cache DIR] [--data-cache-size SIZE] [--s3-endpoint URL] [--s3-region NAME]";

    private const string Root = "--data-root";
    private const string Cache = "--data-cache";
    private const string CacheSize = "--data-cache-size";
    private const string Endpoint = "--s3-endpoint";
    private const string Region = "--s3-region";

    /// <summary>Each has a value behind it.</summary>
    public static FrozenSet<string> Names { get; } = FrozenSet.Create(StringComparer.Ordinal, Root, Cache, CacheSize, Endpoint, Region);

    /// <summary>Reads them.</summary>
    /// <param name="spec">The run spec's file, in whose folder the data is unless they say otherwise; null: missing.</param>
    /// <param name="problems">What is wrong is added.</param>
    public static DataLocation Read(IReadOnlyDictionary<string, string> options, string? spec, List<string> problems)
    {
        var root = options.GetValueOrDefault(Root) ?? Path.GetDirectoryName(Path.GetFullPath(spec ?? "."))!;
        if (S3Address.IsMeant(root) && S3Address.Parse(root).Problem is { } bad)
        {
            problems.Add($"{Root}: {root} – {bad}");
        }

        var (endpoint, problem) = options.TryGetValue(Endpoint, out var url) ? S3Endpoint.Parse(url) : (null, null);
        if (problem is not null)
        {
            problems.Add($"{Endpoint}: {problem}");
        }

        var bytes = options.TryGetValue(CacheSize, out var size) ? ByteSize.Parse(size) : WorkerOptions.DefaultDataCacheSize;
        if (bytes is null)
        {
            problems.Add($"{CacheSize}: {size} – {ByteSize.Form}");
        }

        return new DataLocation(root, options.GetValueOrDefault(Cache))
        {
            CacheBytes = bytes ?? 0,
            S3 = new S3Options(endpoint, options.GetValueOrDefault(Region)),
        };
    }
}
