namespace Orchestrator.Collectives.Devices;

/// <summary>
/// A line of work on one device: what is put into it is done later, in order. A thread that uses it has to call <see cref="MakeCurrent"/> once before.
/// Failures are <see cref="NativeCallException"/>; one of work that was put in earlier may come with any later call.
/// </summary>
public interface IDeviceStream : IDisposable
{
    /// <summary>The device that it belongs to.</summary>
    IDevice Device { get; }

    /// <summary>What the device's libraries know it by (a <c>cudaStream_t</c>).</summary>
    nint Handle { get; }

    /// <summary>The calling thread works on this device from now on.</summary>
    void MakeCurrent();

    /// <summary>Host to device. The host's memory stays as it is until the stream is idle.</summary>
    void CopyIn(HostBuffer<float> from, DeviceBuffer into);

    /// <summary>Device to host. The host's memory has the numbers once the stream is idle.</summary>
    void CopyOut(DeviceBuffer from, HostBuffer<float> into);

    /// <summary>Within the device.</summary>
    void Copy(DeviceBuffer from, DeviceBuffer into);

    /// <summary>into[i] = left[i] + right[i] in float32, rounded to nearest even, subnormal numbers kept. <paramref name="into"/> may be either side.</summary>
    void Add(DeviceBuffer left, DeviceBuffer right, DeviceBuffer into);

    /// <summary>Whether all that was put in is done. Does not wait.</summary>
    bool QueryIdle();
}
