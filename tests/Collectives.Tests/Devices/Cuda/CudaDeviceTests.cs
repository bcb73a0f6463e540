using System.Text;
using Orchestrator.Collectives.Devices;
using Orchestrator.Collectives.Devices.Cuda;
using Orchestrator.Collectives.Tests.Nccl;
using Xunit;

namespace Orchestrator.Collectives.Tests.Devices.Cuda;

/// <summary>The calls into the driver, over the stand-in: their signatures, their order and what they free. The kernel itself needs a GPU, and was not run.</summary>
public sealed class CudaDeviceTests : IDisposable
{
    private readonly Standin standin = Standin.Here;
    private readonly CudaLibrary library;
    private readonly int held;

    public CudaDeviceTests()
    {
        library = CudaLibrary.Load(standin.File);
        held = standin.Held;
    }

    public void Dispose() => Assert.Equal(held, standin.Held);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(257)]
    [InlineData(1_200_007)]
    public void Numbers_are_copied_and_added_whole(int length)
    {
        // The last length is more than the threads of a launch: 4096 blocks of 256.
        using var device = new CudaDevice(library, 0);
        using IDeviceStream stream = device.CreateStream();
        using IDeviceMemory memory = device.Allocate(4L * length * sizeof(float));
        DeviceBuffer[] parts = [.. Enumerable.Range(0, 4).Select(part => DeviceBuffer.Of(memory, 4 * length).Slice(part * length, length))];
        float[] left = [.. Enumerable.Range(0, length).Select(i => i * 0.37f)];
        float[] right = [.. Enumerable.Range(0, length).Select(i => 1 / (i + 1f))];
        stream.Write(left, parts[0]);
        stream.Write(right, parts[1]);
        stream.Add(parts[0], parts[1], parts[2]);
        stream.Copy(parts[2], parts[3]);
        stream.Add(parts[0], parts[1], parts[0]);
        float[] expected = [.. left.Zip(right, (a, b) => a + b)];
        Assert.Equal(expected, stream.Read(parts[2]));
        Assert.Equal(expected, stream.Read(parts[3]));
        Assert.Equal(expected, stream.Read(parts[0]));
        Assert.Equal(right, stream.Read(parts[1]));
    }

    [Fact]
    public void Device_that_is_not_there_is_an_error_in_the_drivers_words()
    {
        NativeCallException missing = Assert.Throws<NativeCallException>(() => new CudaDevice(library, 99));
        Assert.Equal(("cuDeviceGet", 100), (missing.Call, missing.Code));
        Assert.Contains("no CUDA-capable device is detected", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Buffers_of_different_lengths_are_refused()
    {
        using var device = new CudaDevice(library, 0);
        using IDeviceStream stream = device.CreateStream();
        using IDeviceMemory memory = device.Allocate(64);
        DeviceBuffer four = DeviceBuffer.Of(memory, 4);
        DeviceBuffer five = DeviceBuffer.Of(memory, 5);
        Assert.Throws<ArgumentException>(() => stream.Add(four, five, four));
        Assert.Throws<ArgumentException>(() => stream.Add(five, four, four));
        Assert.Throws<ArgumentException>(() => stream.Copy(four, five));
        Assert.Throws<ArgumentOutOfRangeException>(() => four.Slice(1, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => device.Allocate(-1));
    }

    [Fact]
    public void What_was_disposed_is_of_no_use()
    {
        var device = new CudaDevice(library, 0);
        IDeviceStream stream = device.CreateStream();
        IDeviceMemory memory = device.Allocate(4);
        for (int twice = 0; twice < 2; twice++)
        {
            memory.Dispose();
            stream.Dispose();
        }

        Assert.Throws<ObjectDisposedException>(() => memory.Address);
        Assert.Throws<ObjectDisposedException>(() => stream.QueryIdle());
        device.Dispose();
        device.Dispose();
        Assert.Throws<ObjectDisposedException>(() => device.Allocate(4));
    }

    [Fact]
    public void Thread_that_has_not_made_the_device_current_is_refused_by_the_driver()
    {
        using var device = new CudaDevice(library, 0);
        using IDeviceStream stream = device.CreateStream();
        using IDeviceMemory memory = device.Allocate(4);
        var buffer = DeviceBuffer.Of(memory, 1);
        Exception? before = null;
        Exception? after = null;
        var thread = new Thread(() =>
        {
            before = Record.Exception(() => stream.Add(buffer, buffer, buffer));
            stream.MakeCurrent();
            after = Record.Exception(() => stream.Add(buffer, buffer, buffer));
        });
        thread.Start();
        thread.Join();
        Assert.Equal(201, Assert.IsType<NativeCallException>(before).Code);
        Assert.Null(after);
        stream.AwaitIdle();
    }

    [Fact]
    public void Kernel_has_the_name_and_the_arguments_that_it_is_launched_with()
    {
        string source = Encoding.UTF8.GetString(AddKernel.Source[..^1]);
        string name = Encoding.UTF8.GetString(AddKernel.Name[..^1]);
        Assert.Equal((0, 0), (AddKernel.Source[^1], AddKernel.Name[^1]));
        Assert.StartsWith(".version", source, StringComparison.Ordinal);
        Assert.Contains($".visible .entry {name}(", source, StringComparison.Ordinal);
        Assert.Equal(4, source.Split(".param .u64 ").Length - 1);

        // Rounded to nearest even, and nothing flushed to zero: the host's bits.
        Assert.Contains("add.rn.f32 ", source, StringComparison.Ordinal);
        Assert.DoesNotContain(".ftz", source, StringComparison.Ordinal);
    }
}
