using Akka.Actor;
using Orchestrator.Coordinator.Verification;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Fleet;

// Steps that are computed again: what the API asks for, and what workers found.
public sealed partial class HeadActor
{
    private void Verify(VerificationOrder order)
    {
        var answer = verifications.Ask(order, fleet, Now);
        PlaceVerifications();
        Sender.Tell(answer.View is null ? answer : answer with { View = verifications.Find(order.Key) });
    }

    /// <summary>The report of an evaluation is its run's; of a verification, which no run knows of, the head's.</summary>
    private void Read(EvaluationReported report)
    {
        if (VerificationKey.Parse(report.EvaluationKey) is not { } key)
        {
            Pass(report.Run, report.WorkerId, report);
        }
        else if (IsHeard(report.WorkerId) && runs.ContainsKey(key.Run))
        {
            verifications.Take(key, report, fleet);
            PublishVerifications();
            Sender.Tell(new EvaluationSettled(report.Run, epoch, report.EvaluationKey));
        }
    }

    private void PlaceVerifications()
    {
        foreach (var (worker, order) in verifications.Place(fleet, Now))
        {
            log.Verifies(worker, order.Key.Step, order.Key.Run);
            connections[worker].Tell(order.Message(epoch));
        }

        if (verifications.IsBusy)
        {
            PublishVerifications();
        }
    }

    private void PublishVerifications() => parts.Board.PublishVerifications(verifications.Views);
}
