using Akka.Actor;
using Orchestrator.Coordinator.Errands;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Sweeps;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Fleet;

/// <summary>The API's way to the head: what changes something goes through here and is answered once the journal has it. Thread safe.</summary>
public sealed class HeadGateway(TimeProvider time)
{
    /// <summary>
    /// A head that has not been heard for so long may have been replaced meanwhile: the others take over after 3 s without a heartbeat and 3 s more.
    /// What another coordinator said of the head is as old at most.
    /// </summary>
    public static readonly TimeSpan Doubt = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    private volatile Leading? leading;
    private volatile Known? known;
    private volatile bool isMember;

    /// <summary>Whether the head is here, has adopted the journal, has every run on the board, and has lately shown that it lives.</summary>
    public bool IsOpen => leading is { } head && time.GetElapsedTime(head.BeatAt) < Doubt;

    /// <summary>Where the coordinator that leads serves; null: here, or nobody knows.</summary>
    public Uri? Elsewhere => !IsOpen && known is { } told && time.GetElapsedTime(told.At) < Doubt ? told.Url : null;

    /// <summary>The coordinator that this one, a full member of the cluster, stands by for; null: it leads, or would not count if the head were lost now.</summary>
    public Uri? StandsByFor => isMember ? Elsewhere : null;

    /// <summary>This coordinator is a full member of the cluster from now on, until <see cref="Leave"/>.</summary>
    public void Join() => isMember = true;

    /// <summary>The actor system has ended, and with it the head if it was here.</summary>
    public void Leave()
    {
        isMember = false;
        Close();
    }

    /// <summary>Called again and again while the head leads.</summary>
    public void Open(IActorRef head) => leading = new Leading(head, time.GetTimestamp());

    public void Close() => leading = null;

    /// <summary>Takes what a head said of itself, unless it is this coordinator's own, or that of a head which another one has replaced.</summary>
    public void Hear(HeadTold told, string? ownUrl)
    {
        var isStale = known is { } before && told.Epoch < before.Epoch && time.GetElapsedTime(before.At) < Doubt;
        if (told.HttpUrl != ownUrl && !isStale && Uri.TryCreate(told.HttpUrl, UriKind.Absolute, out var url))
        {
            known = new Known(url, told.Epoch, time.GetTimestamp());
        }
    }

    /// <summary>A <see cref="RunAccepted"/> or a <see cref="SubmissionConflict"/>; null when no head answers in 5 s.</summary>
    public Task<object?> SubmitAsync(SubmitRun submission, CancellationToken cancellation) => AskAsync<object>(submission, cancellation);

    /// <summary>Null when no head answers in 5 s.</summary>
    public Task<RunAnswered?> AskAsync(string run, RunAsked asked, CancellationToken cancellation) =>
        AskAsync<RunAnswered>(new AskRun(run, asked), cancellation);

    /// <summary>Null when no head answers in 5 s.</summary>
    public Task<ErrandAnswered?> OrderAsync(ErrandOrder order, CancellationToken cancellation) =>
        AskAsync<ErrandAnswered>(order, cancellation);

    /// <summary>Null when no head answers in 5 s.</summary>
    public Task<ReleaseAnswered?> ReleaseAsync(string workerId, CancellationToken cancellation) =>
        AskAsync<ReleaseAnswered>(new ReleaseWorker(workerId), cancellation);

    /// <summary>A <see cref="SweepAccepted"/> or a <see cref="SweepConflict"/>; null when no head answers in 5 s.</summary>
    public Task<object?> SubmitAsync(SubmitSweep sweep, CancellationToken cancellation) => AskAsync<object>(sweep, cancellation);

    /// <summary>Null when no head answers in 5 s.</summary>
    public Task<SweepCancelAnswered?> CancelSweepAsync(string sweep, CancellationToken cancellation) =>
        AskAsync<SweepCancelAnswered>(new CancelSweep(sweep), cancellation);

    private async Task<T?> AskAsync<T>(object question, CancellationToken cancellation)
        where T : class
    {
        if (leading is not { Head: var asked })
        {
            return null;
        }

        try
        {
            return await asked.Ask<T>(question, Deadline, cancellation);
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }

    private sealed record Leading(IActorRef Head, long BeatAt);

    private sealed record Known(Uri Url, long Epoch, long At);
}
