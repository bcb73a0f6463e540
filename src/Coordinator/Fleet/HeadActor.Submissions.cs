using System.Security.Cryptography;
using Akka.Actor;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Fleet;

// How a run comes into the journal, and to life.
public sealed partial class HeadActor
{
    private void Submit(SubmitRun submit)
    {
        if (submissions.Find(submit.IdempotencyKey) is var (first, sha256))
        {
            object answer =
                sha256 == submit.BodySha256
                    ? new RunAccepted(first, parts.Board.Find(first)?.Spec.Name ?? submit.Spec.Name, Created: false)
                    : new SubmissionConflict(first);
            Answer(submissions, first, answer);
            return;
        }

        var run = new RunSubmitted(
            NewRunId(),
            RunSpecJson.Write(submit.Spec),
            RandomNumberGenerator.GetBytes(32),
            submit.IdempotencyKey,
            submit.BodySha256,
            Now,
            submit.User,
            submit.Labels.Count == 0 ? null : submit.Labels,
            submit.ClonedFrom
        );
        submissions.Add(run);
        submissions.Await(run.Run, Sender, new RunAccepted(run.Run, submit.Spec.Name, Created: true));
        // Not Persist: workers that speak meanwhile, and who submits another run, are not to wait for the disk.
        PersistAsync(run, Submitted);
    }

    private string NewRunId()
    {
        var id = RunId.New(Now);
        while (runs.Knows(id) || submissions.IsUnderWay(id))
        {
            id = RunId.New(Now);
        }

        return id;
    }

    private void Submitted(RunSubmitted run)
    {
        var begun = RestoredRuns.Initial(run, parts.Timers);
        // A client that was answered finds its run at once.
        parts.Board.Publish(begun.Initial!);
        Begin(begun);
        log.Submitted(run.Run, begun.Initial!.Spec.Name);
        TellAll(submissions.Written(run.Run));
    }

    /// <summary>Now, or once the journal has what it is about.</summary>
    private void Answer(Submissions<IActorRef> of, string name, object answer)
    {
        if (of.IsUnderWay(name))
        {
            of.Await(name, Sender, answer);
        }
        else
        {
            Sender.Tell(answer);
        }
    }

    private static void TellAll(IReadOnlyList<(IActorRef Client, object Answer)> answers)
    {
        foreach (var (client, answer) in answers)
        {
            client.Tell(answer);
        }
    }
}
