using System.Globalization;

namespace Orchestrator.Collectives.Transport.Tcp;

/// <summary>The first frame of a connection: who asks for what.</summary>
/// <param name="FromRank">Rank of the dialer; −1 where it is none.</param>
/// <param name="ToRank">Rank that it means to reach; −1 where it is none.</param>
/// <param name="Service">"mesh" for a group's own connections ("mesh-1" and so on for those of further lanes), else a registered service.</param>
/// <param name="Name">Name of the dialer.</param>
/// <param name="Host">What the dialer's processes on one machine have in common, where it would share memory; else empty.</param>
/// <param name="HostKey">The same in short, whether or not it would: who has the same is on the same host. Empty where it cannot be told.</param>
/// <param name="Lanes">Connections a pair, and threads for sums, that the dialer would have, ≥ 1; a group has as many as the rank with the fewest.</param>
/// <param name="Arena">Where the dialer's arena is (<see cref="SharedMemory.ArenaAddress"/>), for a listener that shares memory; empty for none.</param>
internal sealed record Hello(
    string GroupId,
    long Generation,
    byte[] Secret,
    int FromRank,
    int ToRank,
    string Service,
    string Name,
    string Host = "",
    string HostKey = "",
    int Lanes = 1,
    string Arena = ""
)
{
    public const string Mesh = "mesh";

    /// <summary>The service of a lane's connections.</summary>
    public static string MeshOf(int lane) => lane == 0 ? Mesh : string.Create(CultureInfo.InvariantCulture, $"{Mesh}-{lane}");
}

/// <summary>What a listener answers to Hello. The numbers are part of the wire.</summary>
internal enum AnswerCode : byte
{
    Welcome = 0,

    /// <summary>Not registered here (yet): ask again.</summary>
    UnknownGeneration = 1,

    WrongSecret = 2,

    /// <summary>Anything else that time does not cure.</summary>
    Refused = 3,
}

/// <param name="Reason">In words; empty for Welcome, but where the dialer cannot map the listener's arena.</param>
/// <param name="Segment">Name of a segment of memory that the dialer is to map, and to answer whether it has; empty where there is none.</param>
/// <param name="HostKey">The listener's, as in <see cref="Hello"/>.</param>
/// <param name="Lanes">Likewise.</param>
/// <param name="Arena">Where the listener's arena is; empty for none.</param>
/// <param name="ReadsArena">Whether who answers has mapped the other's arena.</param>
internal sealed record HelloAnswer(
    AnswerCode Code,
    string Reason,
    string Segment = "",
    string HostKey = "",
    int Lanes = 1,
    string Arena = "",
    bool ReadsArena = false
)
{
    public static HelloAnswer Welcome { get; } = new(AnswerCode.Welcome, "");

    public bool Retriable => Code == AnswerCode.UnknownGeneration;
}
