using Orchestrator.Client;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Following;

/// <summary>What is known of a run at a moment: a fold of <see cref="RunUpdate"/>s.</summary>
public sealed record RunProgress
{
    /// <summary>Weight of the newest step in the running mean of seconds a step.</summary>
    private const double Newest = 0.05;
    private const int KeptNotes = 6;

    public RunView? Run { get; init; }
    public StepRowView? LastRow { get; init; }

    /// <summary>Running mean; null before the first row.</summary>
    public double? SecondsPerStep { get; init; }
    public IReadOnlyList<WorkerView> Workers { get; init; } = [];
    public IReadOnlyList<MemberView> Members { get; init; } = [];

    /// <summary>Newest last.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Highest sequence of the run's history that was seen: a reopened stream repeats none.</summary>
    public long LastEvent { get; init; } = -1;

    /// <summary>Steps completed.</summary>
    public long Step => Math.Max(Run?.Step ?? 0, LastRow is null ? 0 : LastRow.Step + 1);
    public double? Loss => LastRow is { } row && row.Losses.TryGetValue("loss", out var loss) && loss is not null ? loss : Run?.Loss;
    public double Epoch => Math.Max(Run?.Epoch ?? 0, LastRow?.Epoch ?? 0);
    public double? SamplesPerSecond => LastRow?.SamplesPerSecond ?? Run?.SamplesPerSecond;

    /// <summary>0–1.</summary>
    public double Share => Run is { TotalSteps: > 0 } run ? Math.Min(1, Step / (double)run.TotalSteps) : 0;

    /// <summary>Of training, at the present pace; null while unknown.</summary>
    public TimeSpan? TimeLeft =>
        SecondsPerStep is { } seconds && Run is { Phase: RunPhase.Running } run
            ? TimeSpan.FromSeconds(Math.Max(0, run.TotalSteps - Step) * seconds)
            : null;

    public RunProgress With(RunUpdate update) =>
        update switch
        {
            RunSeen seen => this with { Run = seen.Run },
            StepSeen seen when seen.Row.Step > (LastRow?.Step ?? -1) => this with
            {
                LastRow = seen.Row,
                SecondsPerStep = SecondsPerStep is { } mean ? mean + (Newest * (seen.Row.Seconds - mean)) : seen.Row.Seconds,
            },
            EventSeen seen when seen.Event.Sequence > LastEvent => WithNote(seen.Event.Text) with { LastEvent = seen.Event.Sequence },
            Note note => WithNote(note.Text),
            FleetSeen seen => this with { Workers = seen.Workers, Members = seen.Members },
            _ => this,
        };

    private RunProgress WithNote(string text) => this with { Notes = [.. Notes.TakeLast(KeptNotes - 1), text] };
}
