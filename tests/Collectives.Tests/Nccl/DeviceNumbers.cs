using Orchestrator.Collectives.Devices;
using Orchestrator.Collectives.Nccl;
using Orchestrator.Collectives.Tests.Gangs;
using Xunit;

namespace Orchestrator.Collectives.Tests.Nccl;

/// <summary>Managed arrays to a device and back, for tests.</summary>
internal static class DeviceNumbers
{
    public static unsafe void Write(this IDeviceStream stream, ReadOnlySpan<float> values, DeviceBuffer into)
    {
        fixed (float* start = values)
        {
            stream.CopyIn(new HostBuffer<float>(start, values.Length), into);
            stream.AwaitIdle();
        }
    }

    public static unsafe float[] Read(this IDeviceStream stream, DeviceBuffer from)
    {
        var values = new float[from.Length];
        fixed (float* start = values)
        {
            stream.CopyOut(from, new HostBuffer<float>(start, values.Length));
            stream.AwaitIdle();
        }

        return values;
    }

    public static void AwaitIdle(this IDeviceStream stream) =>
        Assert.True(SpinWait.SpinUntil(stream.QueryIdle, TimeSpan.FromSeconds(60)), "the stream hangs");

    /// <summary>The group's sum of <see cref="ShardValues"/>; contributions that are not the result are seen to be as they were.</summary>
    /// <param name="inPlace">The result is the memory of the first contribution.</param>
    public static float[] ReduceShardValues(NcclGroup group, ProcessGroup host, IDeviceStream stream, int length, int salt, bool inPlace)
    {
        IDeviceMemory[] memory =
        [
            .. Enumerable.Range(0, host.Cover.Count + 1).Select(_ => stream.Device.Allocate((long)length * sizeof(float))),
        ];
        try
        {
            stream.MakeCurrent();
            DeviceBuffer[] buffers = [.. memory.Select(part => DeviceBuffer.Of(part, length))];
            DeviceBuffer[] sums = buffers[..^1];
            for (int part = 0; part < sums.Length; part++)
            {
                stream.Write(ShardValues.Sum<float>(host.Cover[part], length, salt), sums[part]);
            }

            DeviceBuffer result = inPlace ? sums[0] : buffers[^1];
            group.AllReduce(FrameKind.Gradient, sums, result);
            for (int part = inPlace ? 1 : 0; part < sums.Length; part++)
            {
                Assert.Equal(ShardValues.Sum<float>(host.Cover[part], length, salt), stream.Read(sums[part]));
            }

            return stream.Read(result);
        }
        finally
        {
            Array.ForEach(memory, part => part.Dispose());
        }
    }
}
