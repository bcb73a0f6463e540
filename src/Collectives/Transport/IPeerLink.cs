namespace Orchestrator.Collectives.Transport;

/// <summary>
/// The way to one peer of a group. One thread posts and receives; Close may come from any thread, and wakes it.
/// Failures are <see cref="PeerLostException"/>.
/// </summary>
internal interface IPeerLink : IDisposable
{
    string PeerName { get; }

    /// <summary>Longest time without a byte.</summary>
    TimeSpan Deadline { get; set; }

    /// <summary>The peer has ended the generation: no frame of it, and so none of anybody who waits for it, will come.</summary>
    bool HasAborted { get; }

    /// <summary>The peer has closed the connection, by aborting, by leaving or by its end, and nothing that it sent is left unread.</summary>
    bool HasLeft { get; }

    /// <summary>Called now and then while this link waits, so that a wait for one peer ends when another aborts.</summary>
    Action? Watch { get; set; }

    /// <summary>How the payloads to come are moved, for links that have a choice.</summary>
    PayloadWay Way
    {
        get => default;
        set { }
    }

    /// <summary>Hands a frame over, in order, without waiting for the peer to read. The payload must stay as it is until Flush.</summary>
    void Post(in FrameHeader header, HostBuffer<byte> payload);

    /// <summary>Takes the next header, refuses one that is not as expected, and returns the payload's length in bytes.</summary>
    int ReceiveHeader(in FrameHeader expected, int maxLength);

    /// <summary>Takes the payload of the last header, whole.</summary>
    void ReceivePayload(HostBuffer<byte> into);

    /// <summary>
    /// Takes the payload of the last header where the peer has put it, to be read until <see cref="Release"/>; the peer may wait for that. False where it
    /// has to be received.
    /// </summary>
    bool TryBorrow(int length, out HostBuffer<byte> payload);

    /// <summary>Gives back whatever was borrowed. False where the peer may have changed it while it was read, for it has ended the generation.</summary>
    bool Release();

    /// <summary>Waits until all posted payloads have been read or copied: their memory may change again.</summary>
    void Flush();

    /// <summary>Ends the connection for both sides; blocked calls throw.</summary>
    /// <param name="abort">The peer is to give up whatever it waits for; else it still gets what was sent.</param>
    void Close(bool abort);

    /// <summary>After Close: waits until nobody touches a posted payload any more.</summary>
    void Quiesce();
}
