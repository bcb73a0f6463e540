using System.Runtime.Versioning;
using Orchestrator.Collectives.Transport.SharedMemory;
using Xunit;

namespace Orchestrator.Collectives.Tests.Transport.SharedMemory;

/// <summary>What is left where both sides of a handshake are killed.</summary>
[SupportedOSPlatform("linux")]
public sealed class LeftSegmentsTests : IDisposable
{
    private static readonly DateTime LongAgo = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private readonly string directory = Directory.CreateTempSubdirectory("left-segments-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public void Next_segment_takes_away_names_that_no_handshake_has_any_more_and_nothing_else()
    {
        SharedMemoryPlace place = SharedMemoryPlace.For(world: 2) with { Directory = directory };
        string left = Make($"orchestrator-{Guid.NewGuid():N}", LongAgo);
        string under = Make($"orchestrator-{Guid.NewGuid():N}", DateTime.MaxValue);
        string other = Make("orchestrator-notes", LongAgo);
        using SharedSegment made = SharedSegment.Create(place);
        Assert.False(File.Exists(left), "what was left is there still");
        Assert.Equal(new[] { under, other, Path.Combine(directory, made.Name) }.Order(), Directory.GetFiles(directory).Order());
    }

    private string Make(string name, DateTime written)
    {
        string path = Path.Combine(directory, name);
        File.WriteAllBytes(path, [1]);
        if (written < DateTime.MaxValue)
        {
            File.SetLastWriteTimeUtc(path, written);
        }

        return path;
    }
}
