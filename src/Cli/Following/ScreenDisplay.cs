using Orchestrator.Cli.Output;
using Orchestrator.Client;
using Orchestrator.Shared.Api;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Orchestrator.Cli.Following;

/// <summary>A screen that redraws itself: progress bar, table of workers and ranks, the last things that happened.</summary>
public sealed class ScreenDisplay(IAnsiConsole console, Uri page) : IProgressDisplay
{
    private const int BarWidth = 40;

    public Task RunAsync(Func<Action<RunUpdate, RunProgress>, Task> body) =>
        console
            .Live(Draw(new RunProgress(), page))
            .AutoClear(false)
            .Overflow(VerticalOverflow.Ellipsis)
            .StartAsync(context =>
                body(
                    (update, progress) =>
                    {
                        // Steps may come by the hundred a second: a tick (twice a second) shows them.
                        if (update is not StepSeen)
                        {
                            context.UpdateTarget(Draw(progress, page));
                        }
                    }
                )
            );

    /// <summary>The whole screen as it stands.</summary>
    public static IRenderable Draw(RunProgress progress, Uri page)
    {
        var parts = new List<IRenderable>();
        if (progress.Run is { } run)
        {
            parts.Add(
                new Markup(
                    $"[bold]{Markup.Escape(run.Name)}[/]  {Markup.Escape(run.Id)}  [blue]{Format.Phase(run.Phase)}[/]: {Markup.Escape(run.Reason)}"
                )
            );
            parts.Add(new Markup(Bar(progress, run)));
        }

        parts.Add(new Markup($"[grey]page[/] {Markup.Escape(page.ToString())}"));
        if (progress.Workers.Count > 0)
        {
            parts.Add(Fleet(progress).ToRenderable());
        }

        parts.AddRange(progress.Notes.Select(note => new Markup($"[grey]·[/] {Markup.Escape(note)}")));
        return new Rows(parts);
    }

    private static string Bar(RunProgress progress, RunView run)
    {
        var done = (int)(progress.Share * BarWidth);
        var line =
            $"[green]{new string('━', done)}[/][grey]{new string('─', BarWidth - done)}[/]  step {progress.Step}/{run.TotalSteps}  epoch {progress.Epoch:0.0}";
        line += progress.Loss is { } loss ? $"  loss {Format.Loss(loss)}" : "";
        line += progress.SamplesPerSecond is { } rate ? $"  {Format.Rate(rate)} samples/s" : "";
        return line + (progress.TimeLeft is { } left ? $"  {Format.Duration(left)} left" : "");
    }

    private static TextTable Fleet(RunProgress progress)
    {
        var table = new TextTable("worker", "rank", "shards", "phase", "step", "state", "process");
        foreach (var worker in progress.Workers.OrderBy(w => w.WorkerId, StringComparer.Ordinal))
        {
            var member = progress.Members.FirstOrDefault(m => m.WorkerId == worker.WorkerId);
            table.Add(
                worker.WorkerId,
                member?.Rank.ToString(),
                member is null ? null : $"{member.ShardStart}–{member.ShardStart + member.ShardCount - 1}",
                member?.Phase.ToLowerInvariant(),
                worker.Run is null && member is null ? null : (member?.Step ?? worker.Step).ToString(),
                worker.WaitsFor.Count == 0 ? worker.State : $"{worker.State}, waits for {string.Join(", ", worker.WaitsFor)}",
                worker.ProcessId.ToString()
            );
        }

        return table;
    }
}
