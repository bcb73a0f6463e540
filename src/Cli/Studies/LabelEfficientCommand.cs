using Orchestrator.Cli.Output;
using Orchestrator.Cli.Studies.Plans;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Studies;

/// <summary><c>study label-efficient SPEC</c>: ten cells from one spec, judged on few labels.</summary>
public sealed class LabelEfficientCommand(Terminal terminal) : AsyncCommand<StudySettings>
{
    public override Task<int> ExecuteAsync(CommandContext context, StudySettings settings, CancellationToken cancellationToken) =>
        StudySession.RunAsync(terminal, settings, StudyPlan.LabelEfficient(settings), cancellationToken);
}
