using Orchestrator.Cli.Output;
using Orchestrator.Cli.Studies.Plans;
using Orchestrator.Cli.Studies.Reports;
using Orchestrator.Cli.Studies.Runs;
using Orchestrator.Client;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Studies;

/// <summary>What the verbs share: a plan is carried out in its folder, and reported.</summary>
public static class StudySession
{
    /// <returns><see cref="ExitCode.Ok"/> when every run completed and was judged.</returns>
    public static async Task<int> RunAsync(Terminal terminal, StudySettings settings, StudyPlan plan, CancellationToken cancellation)
    {
        using var folder = StudyFolder.Open(
            settings.Out ?? Path.Combine("orchestrator-study", $"{SpecWords.Word(plan.Kind)}-{plan.Identity[..8]}")
        );
        var begun = StudyState.Of(plan, folder.Find(plan), settings.RetryFailed);
        Action<string> tell = settings.Json ? terminal.WriteNotice : terminal.WriteLine;
        tell($"{plan.Runs.Count} runs ({plan.Cells.Count} cells, {plan.Seeds.Count} seeds), kept in {folder.Path}");
        using var client = settings.Connect(terminal.Time);
        var known = begun;
        StudyState ended;
        try
        {
            ended = await new StudyRunner(client, plan, Keep, terminal.Time, tell).RunAsync(begun, cancellation);
        }
        catch (Exception e)
            when (known.Runs.Any(r => r.Run is not null)
                && (e is CliException or OrchestratorException || cancellation.IsCancellationRequested)
            )
        {
            terminal.WriteNotice($"submitted runs go on; the same command with --out {folder.Path} goes on with the study");
            throw;
        }

        var report = StudyReporter.Of(plan, ended);
        StudyReportFiles.Write(folder, report);
        if (settings.Json)
        {
            terminal.WriteJson(report);
        }
        else
        {
            terminal.WriteLine(
                $"report: {Path.Combine(folder.Path, StudyReportFiles.Markdown)}, {StudyReportFiles.Html} and {StudyReportFiles.Json}"
            );
        }

        var failed = ended.Runs.Where(r => r.Failure is not null).ToList();
        if (failed.Count == 0)
        {
            return ExitCode.Ok;
        }

        terminal.WriteError(
            $"{failed.Count} of {ended.Runs.Count} runs failed, wholly or in part; the report says which",
            [.. failed.Take(10).Select(r => $"{r.Cell}, seed {r.Seed}: {r.Failure}")],
            "mend that and give the same command with --retry-failed"
        );
        return ExitCode.Failed;

        void Keep(StudyState state)
        {
            known = state;
            folder.Keep(state);
        }
    }
}
