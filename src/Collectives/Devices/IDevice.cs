namespace Orchestrator.Collectives.Devices;

/// <summary>Something that computes and has memory of its own.</summary>
public interface IDevice : IDisposable
{
    /// <summary>For messages: <c>cuda:0</c>.</summary>
    string Name { get; }

    /// <summary>Memory of the device; what is in it is not defined.</summary>
    /// <param name="bytes">≥ 0.</param>
    /// <exception cref="NativeCallException">There is not so much.</exception>
    IDeviceMemory Allocate(long bytes);

    /// <summary>A line of work on the device. Disposed before the device is.</summary>
    IDeviceStream CreateStream();
}
