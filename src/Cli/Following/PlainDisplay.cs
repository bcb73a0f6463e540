using Orchestrator.Cli.Output;
using Orchestrator.Client;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Following;

/// <summary>Lines: one every five seconds, and one whenever the phase changes or something happens.</summary>
public sealed class PlainDisplay(TextWriter output, TimeProvider time) : IProgressDisplay
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    private RunPhase? phase;
    private string? reason;
    private long step;
    private long lastEvent = -1;
    private long lastReason;
    private long? lastLine;

    public Task RunAsync(Func<Action<RunUpdate, RunProgress>, Task> body) => body(Show);

    private void Show(RunUpdate update, RunProgress progress)
    {
        switch (update)
        {
            case EventSeen seen when seen.Event.Sequence > lastEvent:
                lastEvent = seen.Event.Sequence;
                Write(seen.Event.Text);
                break;
            case Note note:
                Write(note.Text);
                break;
        }

        if (progress.Run is not { } run)
        {
            return;
        }

        // While ranks gather, the reason changes several times a second.
        if (run.Phase != phase || (run.Reason != reason && run.Phase != RunPhase.Running && time.GetElapsedTime(lastReason) >= Every))
        {
            (phase, reason, lastReason) = (run.Phase, run.Reason, time.GetTimestamp());
            Write($"{Format.Phase(run.Phase)}: {run.Reason}");
        }

        if (progress.Step > step && (lastLine is null || time.GetElapsedTime(lastLine.Value) >= Every || progress.Step == run.TotalSteps))
        {
            step = progress.Step;
            lastLine = time.GetTimestamp();
            Write(Line(progress));
        }
    }

    private static string Line(RunProgress progress)
    {
        var line = $"step {progress.Step}/{progress.Run!.TotalSteps} ({100 * progress.Share:0} %), epoch {progress.Epoch:0.0}";
        line += progress.Loss is { } loss ? $", loss {Format.Loss(loss)}" : "";
        line += progress.SamplesPerSecond is { } rate ? $", {Format.Rate(rate)} samples/s" : "";
        line += progress.TimeLeft is { } left ? $", {Format.Duration(left)} left" : "";
        return progress.Run.WorldSize switch
        {
            // Between two generations.
            0 => line,
            1 => $"{line}, 1 rank",
            var ranks => $"{line}, {ranks} ranks",
        };
    }

    private void Write(string text) => output.WriteLine($"{time.GetLocalNow():HH:mm:ss} {text}");
}
