using Akka.Actor;
using Orchestrator.Coordinator.Errands;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Fleet;

// Work beside the runs: what the API asks for, who helps, and what workers found.
public sealed partial class HeadActor
{
    private void Order(ErrandOrder order)
    {
        var answer = errands.Ask(order, fleet, Now);
        PlaceErrands();
        Sender.Tell(answer.Errand is null ? answer : answer with { Errand = errands.Find(order.Key) });
    }

    /// <summary>
    /// The report of an evaluation at a run's end is its run's. What the head gave out it takes, and the run settles it: once the journal has an evaluation,
    /// and with the checkpoint that nobody needs any more.
    /// </summary>
    private void Read(EvaluationReported report)
    {
        if (ErrandOutcome.RunOf(report.EvaluationKey) is not { } run)
        {
            Pass(report.Run, report.WorkerId, report);
        }
        else if (IsHeard(report.WorkerId) && runs.Knows(run))
        {
            errands.Take(report, fleet);
            PublishErrands();
            TellNeeded();
            Pass(run, report.WorkerId, report);
        }
    }

    private void PlaceErrands()
    {
        foreach (var (worker, order) in errands.Place(fleet, Now))
        {
            log.SendsErrand(worker, order.Key);
            connections[worker].Tell(order.Message(epoch));
        }

        foreach (var help in helpers.Place(errands.Running(fleet), fleet, Now))
        {
            log.SendsHelp(help.Worker, help.Order is null ? "is not to help with" : "is to help with", help.Key);
            connections[help.Worker].Tell(help.Message(epoch));
        }

        TellNeeded();
        if (errands.IsBusy)
        {
            PublishErrands();
        }
    }

    private void TellNeeded()
    {
        foreach (var (run, paths) in needed.Changed(errands.Orders))
        {
            runs.Find(run)?.Tell(new CheckpointsNeeded(paths));
        }
    }

    private void PublishErrands() => parts.Board.PublishErrands(errands.Errands);
}
