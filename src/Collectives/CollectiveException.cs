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

/// <summary>Peers did not do their part in time, and nothing tells which of them is to blame: NCCL does not say for whom it waits.</summary>
public sealed class PeersLateException : CollectiveException
{
    public PeersLateException(IReadOnlyList<string> peers, TimeSpan waited, string what)
        : base($"Waited {waited.TotalSeconds:0.###} s for {string.Join(", ", peers)}: {what}.")
    {
        Peers = peers;
        Waited = waited;
    }

    /// <summary>All who may be late, by rank.</summary>
    public IReadOnlyList<string> Peers { get; }

    public TimeSpan Waited { get; }
}

/// <summary>A call into a native library (NCCL, the CUDA driver) failed, or what it had begun did.</summary>
public sealed class NativeCallException : CollectiveException
{
    /// <param name="library">Its file.</param>
    /// <param name="call">The function.</param>
    /// <param name="code">What it returned.</param>
    /// <param name="text">That in the library's own words.</param>
    public NativeCallException(string library, string call, int code, string text, string context = "")
        : base($"{call} of {library} gave {code}, {text}{(context.Length == 0 ? "" : $": {context}")}.")
    {
        Call = call;
        Code = code;
    }

    public string Call { get; }

    public int Code { get; }
}
