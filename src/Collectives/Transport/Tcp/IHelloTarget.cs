using Orchestrator.Collectives.Transport.SharedMemory;

namespace Orchestrator.Collectives.Transport.Tcp;

/// <summary>Who takes connections for a group's generation. Called on threads of the listener, after the secret was checked.</summary>
internal interface IHelloTarget
{
    byte[] Secret { get; }

    /// <summary>What dialers that are welcome are told of this host: see <see cref="Hello"/>.</summary>
    string HostKey { get; }

    /// <summary>Lanes that they are told of.</summary>
    int Lanes { get; }

    /// <summary>Why this Hello is not welcome, or null.</summary>
    string? Refuse(Hello hello);

    /// <summary>Where memory may be shared with this dialer; null for not at all.</summary>
    SharedMemoryPlace? Shares(Hello hello);

    /// <summary>Takes a welcomed connection over, and what both ends share, and owns them from here on. May run as long as it serves.</summary>
    void Adopt(Hello hello, FrameSocket socket, SharedPair? shared);

    /// <summary>The listener is going away.</summary>
    void Stop();
}

/// <summary>What a listener looks registrations up by.</summary>
internal readonly record struct TargetKey(string GroupId, long Generation, string Service);
