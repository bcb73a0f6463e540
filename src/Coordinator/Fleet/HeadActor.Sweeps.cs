using System.Security.Cryptography;
using System.Text;
using Akka.Actor;
using Orchestrator.Coordinator.Sweeps;
using Orchestrator.Shared.Runs;
using Orchestrator.Shared.Sweeps;

namespace Orchestrator.Coordinator.Fleet;

// Sweeps, and the runs that they submit. A run's submission names its trial, so that submitting and knowing that it was done are one append: whichever
// coordinator is asked for the trial again finds its run.
public sealed partial class HeadActor
{
    private readonly Dictionary<string, IActorRef> sweeps = new(StringComparer.Ordinal);
    private readonly Submissions<IActorRef> sweepSubmissions = new();
    private readonly Dictionary<TrialOf, string> trials = [];

    // Of the journal, until they are sweeps again.
    private readonly List<SweepSubmitted> submittedSweeps = [];

    private void AddTrial(RunSubmitted run)
    {
        if (run.Trial is { } trial)
        {
            trials.TryAdd(trial, run.Run);
        }
    }

    private void BeginSweeps()
    {
        var bySweep = trials.ToLookup(trial => trial.Key.Sweep, StringComparer.Ordinal);
        foreach (var sweep in submittedSweeps)
        {
            Begin(sweep, bySweep[sweep.Sweep], isNew: false);
        }

        submittedSweeps.Clear();
    }

    /// <param name="itsTrials">By trial, those that the journal has of it.</param>
    private void Begin(SweepSubmitted sweep, IEnumerable<KeyValuePair<TrialOf, string>> itsTrials, bool isNew)
    {
        var read = SweepSpecParser.ReadBack(sweep.SpecJson);
        if (read.Spec is not { } spec)
        {
            log.UnreadableSweep(sweep.Sweep, string.Join("; ", read.Errors));
            return;
        }

        var owner = new RunOwner(sweep.Project, sweep.User ?? RunOwner.Anonymous);
        var initial = SweepState.Initial(sweep.Sweep, spec, sweep.SpecJson, owner, sweep.At);
        var submittedRuns = itsTrials
            .Where(trial => trial.Key.Trial < spec.Trials)
            .ToDictionary(trial => trial.Key.Trial, trial => trial.Value);
        if (isNew)
        {
            // A client that was answered finds its sweep at once.
            parts.Sweeps.Publish(initial);
        }
        else
        {
            // Shown once it has been read back.
            parts.Sweeps.Announce(sweep.Sweep);
        }

        sweeps.Add(sweep.Sweep, Context.ActorOf(SweepActor.Props(initial, submittedRuns, parts), sweep.Sweep));
    }

    private void Submit(SubmitSweep submit)
    {
        if (sweepSubmissions.Find(submit.IdempotencyKey) is var (first, sha256))
        {
            object answer =
                sha256 == submit.BodySha256 ? new SweepAccepted(first, submit.Spec.Name, Created: false) : new SweepConflict(first);
            Answer(sweepSubmissions, first, answer);
            return;
        }

        var id = SweepId.New(Now);
        while (sweeps.ContainsKey(id) || sweepSubmissions.IsUnderWay(id))
        {
            id = SweepId.New(Now);
        }

        var sweep = new SweepSubmitted(
            id,
            SweepSpecJson.Write(submit.Spec),
            submit.IdempotencyKey,
            submit.BodySha256,
            submit.Owner.Project,
            Now,
            submit.Owner.User
        );
        sweepSubmissions.Add(id, sweep.IdempotencyKey, sweep.BodySha256);
        sweepSubmissions.Await(id, Sender, new SweepAccepted(id, submit.Spec.Name, Created: true));
        PersistAsync(
            sweep,
            written =>
            {
                Begin(written, [], isNew: true);
                log.SubmittedSweep(id, submit.Spec.Name);
                TellAll(sweepSubmissions.Written(id));
            }
        );
    }

    private void Submit(SubmitTrial submit)
    {
        if (trials.TryGetValue(submit.Trial, out var first))
        {
            Answer(submissions, first, new TrialAccepted(submit.Trial.Trial, first));
            return;
        }

        var json = RunSpecJson.Write(submit.Spec);
        var run = new RunSubmitted(
            NewRunId(),
            json,
            RandomNumberGenerator.GetBytes(32),
            null,
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json))),
            Now,
            submit.User
        )
        {
            Trial = submit.Trial,
        };
        AddTrial(run);
        submissions.Await(run.Run, Sender, new TrialAccepted(submit.Trial.Trial, run.Run));
        PersistAsync(run, Submitted);
    }

    private void Cancel(CancelSweep cancel)
    {
        if (sweeps.TryGetValue(cancel.Sweep, out var sweep))
        {
            sweep.Forward(cancel);
        }
        else
        {
            Sender.Tell(new SweepCancelAnswered(SweepCancelAnswer.NoSuchSweep));
        }
    }
}
