using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Orchestrator.Collectives;
using Orchestrator.Worker.Ranks;

namespace Orchestrator.Worker.Tests.Fakes;

/// <summary>Two slots of floats; the second spans several chunks of a copy.</summary>
/// <param name="copying">Called before another state is taken over.</param>
internal sealed class FakeState(Action? copying = null) : IRankState
{
    private readonly AlignedBuffer<float> student = new(100);
    private readonly AlignedBuffer<float> moments = new(700_001);

    public long Step { get; private set; }
    public long Generation { get; private set; }
    public IReadOnlyList<StateRegion> Regions => [new("student", student.Host), new("exp_avg", moments.Host)];
    public HostBuffer<float> Student => student.Host;
    public HostBuffer<float> Moments => moments.Host;

    public string Digest(Action<string>? before = null)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(BitConverter.GetBytes(Step));
        foreach (var region in Regions)
        {
            before?.Invoke(region.Name);
            hash.AppendData(MemoryMarshal.AsBytes(region.Buffer.Span));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public IRankState CreateLike() => new FakeState(copying);

    public void CopyFrom(IRankState other)
    {
        copying?.Invoke();
        foreach (var (mine, theirs) in Regions.Zip(other.Regions))
        {
            theirs.Buffer.Span.CopyTo(mine.Buffer.Span);
        }

        SetStep(other.Step, other.Generation);
    }

    public void SetStep(long step, long generation) => (Step, Generation) = (step, generation);

    public void Dispose()
    {
        student.Dispose();
        moments.Dispose();
    }
}
