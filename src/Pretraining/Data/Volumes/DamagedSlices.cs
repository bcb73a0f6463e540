namespace Orchestrator.Pretraining.Data.Volumes;

/// <summary>What is kept of a damaged volume: the problem, so that its slices are found damaged without decoding it once each.</summary>
/// <param name="count">Slices that the index has of it.</param>
/// <param name="problem">Names the file and what is wrong with it.</param>
internal sealed class DamagedSlices(int count, string problem) : ISliceReader
{
    public int Count => count;

    public long Bytes => sizeof(char) * problem.Length;

    public DecodedImage Read(int index, int channels) => throw new DataException(problem);
}
