using System.Diagnostics;

namespace Orchestrator.Collectives.Nccl;

/// <summary>
/// Who is gone, while a rank waits for NCCL: between devices of one machine NCCL need not notice that anybody is, and elsewhere it does not say who. The connections
/// of the process group do.
/// </summary>
/// <param name="afterLeaving">How long an exchange may go on after a peer has closed its connection: one that has all its sums may.</param>
internal sealed class LifeLines(ProcessGroup group, TimeSpan afterLeaving)
{
    // A peer's end shows on its connection about when NCCL tells of one, before or after.
    private static readonly TimeSpan NamingTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(5);

    private long? leftAt;

    /// <summary>Throws when the exchange that is waited for cannot end any more.</summary>
    /// <exception cref="PeerLostException">A peer has ended the generation, or has been gone for too long.</exception>
    /// <exception cref="GenerationEndedException">The group was ended here.</exception>
    public void Look()
    {
        group.ThrowIfOver();
        if (group.WhoLeft() is not { } gone)
        {
            return;
        }

        leftAt ??= Stopwatch.GetTimestamp();
        TimeSpan waited = Stopwatch.GetElapsedTime(leftAt.Value);
        if (waited >= afterLeaving)
        {
            throw Lost(
                gone,
                waited,
                $"it left {waited.TotalSeconds:0.###} s ago, and NCCL's exchange of generation {group.Generation} has not ended"
            );
        }
    }

    /// <summary>Does an exchange; where NCCL tells of a peer's end, says whose.</summary>
    public void Guard(Action exchange)
    {
        leftAt = null;
        try
        {
            exchange();
        }
        catch (NativeCallException failure) when ((NcclResult)failure.Code is NcclResult.RemoteError or NcclResult.SystemError)
        {
            ThrowNamed(failure);
            throw;
        }
    }

    private void ThrowNamed(NativeCallException failure)
    {
        using var never = new ManualResetEventSlim();
        for (long since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < NamingTime; never.Wait(LookEvery))
        {
            group.ThrowIfOver();
            if (group.WhoLeft() is { } gone)
            {
                throw Lost(
                    gone,
                    TimeSpan.Zero,
                    $"in NCCL's exchange of generation {group.Generation}, {failure.Message.TrimEnd('.')}",
                    failure
                );
            }
        }
    }

    private static PeerLostException Lost((int Rank, string Name) gone, TimeSpan waited, string what, Exception? inner = null) =>
        new(gone.Rank, gone.Name, PeerLossCause.Closed, waited, what, inner);
}
