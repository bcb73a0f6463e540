using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data.Index;

/// <summary>Opens the index of a source.</summary>
internal static class SampleIndexes
{
    /// <summary>Lists the source and makes its index.</summary>
    /// <exception cref="DataException">Something is missing, damaged or does not fit; the message names it.</exception>
    public static SampleIndex Open(IDataStore store, string? cache, DataSpec data) =>
        SampleIndexBuilder.Build(store, SampleListers.List(store, data), data);
}
