using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Orchestrator.Collectives.Algorithms;
using Orchestrator.Collectives.Transport;

namespace Orchestrator.Collectives;

/// <summary>
/// Sums a large payload in slices at once: the first on the calling thread, the others on lanes with links and threads of their own, where one thread and one
/// connection a peer are less than the network and the processors can do. Each slice is summed in the one tree: the same bits. What fails on one lane ends all.
/// </summary>
internal sealed class LanedAllReduce : IDisposable
{
    /// <summary>Least bytes of a slice: smaller ones gain nothing from one more thread.</summary>
    public const int LeastSlice = 1 << 20;

    private readonly Mesh[] meshes;
    private readonly TreeAllReduce own;
    private readonly Lane[] lanes;
    private Exception? failure;

    /// <param name="meshes">One a lane; their owner disposes them.</param>
    /// <param name="over">Makes the sums over one of them.</param>
    /// <param name="parts">Contributions of an all-reduce.</param>
    public LanedAllReduce(Mesh[] meshes, Func<Mesh, TreeAllReduce> over, int parts)
    {
        this.meshes = meshes;
        own = over(meshes[0]);
        lanes = [.. meshes[1..].Select((mesh, index) => new Lane(over(mesh), parts, index + 1, Fail))];
    }

    /// <summary>In how many slices a payload of so many bytes is summed.</summary>
    public static int Slices(long bytes, int lanes) => (int)Math.Clamp(bytes / LeastSlice, 1, lanes);

    public void Run<T>(FrameKind kind, long sequence, ReadOnlySpan<HostBuffer<T>> contributions, HostBuffer<T> result)
        where T : unmanaged
    {
        int slices = Slices((long)result.Length * Unsafe.SizeOf<T>(), meshes.Length);
        if (slices == 1)
        {
            own.Run(kind, sequence, contributions, result);
            return;
        }

        for (int slice = 1; slice < slices; slice++)
        {
            lanes[slice - 1].Begin(kind, sequence, contributions, result, Chunk.Of(result.Length, slices, slice));
        }

        RunFirst(kind, sequence, contributions, result, Chunk.Of(result.Length, slices, 0));
        for (int slice = 1; slice < slices; slice++)
        {
            lanes[slice - 1].Await();
        }

        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    public void Dispose()
    {
        Array.ForEach(lanes, lane => lane.Dispose());
        own.Dispose();
    }

    // The lanes read and write the caller's memory until they have ended: whatever fails here, they are waited for.
    private void RunFirst<T>(FrameKind kind, long sequence, ReadOnlySpan<HostBuffer<T>> contributions, HostBuffer<T> result, Chunk slice)
        where T : unmanaged
    {
        Span<HostBuffer<T>> parts = stackalloc HostBuffer<T>[contributions.Length];
        for (int part = 0; part < parts.Length; part++)
        {
            parts[part] = contributions[part].Slice(slice.Start, slice.Count);
        }

        try
        {
            own.Run(kind, sequence, parts, result.Slice(slice.Start, slice.Count));
        }
        catch (Exception failed)
        {
            Fail(failed);
        }
    }

    // The first failure is the cause of the others, which find their connections closed.
    private void Fail(Exception failed)
    {
        Interlocked.CompareExchange(ref failure, failed, null);
        foreach (Mesh mesh in meshes)
        {
            mesh.Close(abort: true);
        }
    }
}
