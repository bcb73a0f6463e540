using Akka.Actor;
using Orchestrator.Coordinator.Verification;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Fleet;

/// <summary>The API's way to the head: what changes something goes through here and is answered once the journal has it. Thread safe.</summary>
public sealed class HeadGateway
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    private volatile IActorRef? head;

    /// <summary>Whether the head has adopted the journal and every run is on the board.</summary>
    public bool IsOpen => head is not null;

    public void Open(IActorRef newHead) => head = newHead;

    public void Close() => head = null;

    /// <summary>A <see cref="RunAccepted"/> or a <see cref="SubmissionConflict"/>; null when no head answers in 5 s.</summary>
    public Task<object?> SubmitAsync(RunSpec spec, string? idempotencyKey, string bodySha256, CancellationToken cancellation) =>
        AskAsync<object>(new SubmitRun(spec, idempotencyKey, bodySha256), cancellation);

    /// <summary>Null when no head answers in 5 s.</summary>
    public Task<CancelAnswered?> CancelAsync(string run, CancellationToken cancellation) =>
        AskAsync<CancelAnswered>(new CancelRun(run), cancellation);

    /// <summary>Null when no head answers in 5 s.</summary>
    public Task<VerificationAnswered?> VerifyAsync(VerificationOrder order, CancellationToken cancellation) =>
        AskAsync<VerificationAnswered>(order, cancellation);

    /// <summary>Null when no head answers in 5 s.</summary>
    public Task<ReleaseAnswered?> ReleaseAsync(string workerId, CancellationToken cancellation) =>
        AskAsync<ReleaseAnswered>(new ReleaseWorker(workerId), cancellation);

    private async Task<T?> AskAsync<T>(object question, CancellationToken cancellation)
        where T : class
    {
        if (head is not { } asked)
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
}
