namespace Orchestrator.Collectives;

/// <summary>A collective or a connection failed. The message names the peer and what was expected of it.</summary>
public class CollectiveException : Exception
{
    public CollectiveException(string message, Exception? inner = null)
        : base(message, inner) { }
}

/// <summary>How a peer was lost.</summary>
public enum PeerLossCause
{
    /// <summary>It closed the connection.</summary>
    Closed,

    /// <summary>The connection broke.</summary>
    Reset,

    /// <summary>No byte moved for the deadline.</summary>
    Deadline,

    /// <summary>It sent what was not expected.</summary>
    Protocol,

    /// <summary>It answered Hello with a refusal that time does not cure.</summary>
    Refused,
}

/// <summary>One peer does not take part any more. The group is unusable from here on.</summary>
public sealed class PeerLostException : CollectiveException
{
    public PeerLostException(int peerRank, string peerName, PeerLossCause cause, TimeSpan waited, string what, Exception? inner = null)
        : base(Describe(peerRank, peerName, cause, what), inner)
    {
        PeerRank = peerRank;
        PeerName = peerName;
        Cause = cause;
        Waited = waited;
    }

    /// <summary>Rank of the peer; −1 on a connection that is no group's.</summary>
    public int PeerRank { get; }

    /// <summary>Name of the peer.</summary>
    public string PeerName { get; }

    public PeerLossCause Cause { get; }

    /// <summary>Time since the last byte moved.</summary>
    public TimeSpan Waited { get; }

    private static string Describe(int rank, string name, PeerLossCause cause, string what) =>
        $"Lost peer {name}{(rank < 0 ? "" : $" (rank {rank})")}, {cause.ToString().ToLowerInvariant()}: {what}.";
}

/// <summary>The group was aborted or disposed, or failed before: its generation is over.</summary>
public sealed class GenerationEndedException : CollectiveException
{
    public GenerationEndedException(string reason, Exception? inner = null)
        : base($"The process group has ended: {reason}", inner)
    {
        Reason = reason;
    }

    /// <summary>Why, in the words of Abort or of the first failure.</summary>
    public string Reason { get; }
}
