using Akka.Actor;
using Orchestrator.Coordinator.Errands;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Fleet;

// Work that one worker does alone: what the API asks for, and what workers found.
public sealed partial class HeadActor
{
    private void Order(ErrandOrder order)
    {
        var answer = errands.Ask(order, fleet, Now);
        PlaceErrands();
        Sender.Tell(answer.Errand is null ? answer : answer with { Errand = errands.Find(order.Key) });
    }

    /// <summary>The report of an evaluation at a run's end is its run's. What the head gave out it takes; evaluations stand in their run's history too.</summary>
    private void Read(EvaluationReported report)
    {
        if (ErrandOutcome.RunOf(report.EvaluationKey) is not { } run)
        {
            Pass(report.Run, report.WorkerId, report);
        }
        else if (IsHeard(report.WorkerId) && runs.ContainsKey(run))
        {
            errands.Take(report, fleet);
            PublishErrands();
            if (EvaluationErrandKey.Parse(report.EvaluationKey) is not null)
            {
                // The run settles it, once its journal has it.
                Pass(run, report.WorkerId, report);
                return;
            }

            Sender.Tell(new EvaluationSettled(report.Run, epoch, report.EvaluationKey));
        }
    }

    private void PlaceErrands()
    {
        foreach (var (worker, order) in errands.Place(fleet, Now))
        {
            log.SendsErrand(worker, order.Key);
            connections[worker].Tell(order.Message(epoch));
        }

        if (errands.IsBusy)
        {
            PublishErrands();
        }
    }

    private void PublishErrands() => parts.Board.PublishErrands(errands.Errands);
}
