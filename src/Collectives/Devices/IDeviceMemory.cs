namespace Orchestrator.Collectives.Devices;

/// <summary>Memory of a device, given back by Dispose. No stream may use it then any more.</summary>
public interface IDeviceMemory : IDisposable
{
    /// <summary>First byte, in the device's own addresses; at least 64-byte aligned.</summary>
    nint Address { get; }

    /// <summary>Its length.</summary>
    long Bytes { get; }
}
