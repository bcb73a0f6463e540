using Orchestrator.Cli.Output;
using Orchestrator.Shared.Runs;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Sweeps;

/// <summary><c>sweep cancel SWEEP</c>: asks for the end of its runs and tells how it stands then.</summary>
public sealed class SweepCancelCommand(Terminal terminal) : AsyncCommand<SweepSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, SweepSettings settings, CancellationToken cancellationToken)
    {
        using var client = settings.Connect(terminal.Time);
        var sweep = await client.CancelSweepAsync(settings.Sweep, cancellationToken);
        if (settings.Json)
        {
            terminal.WriteJson(sweep);
        }
        else
        {
            terminal.WriteLine($"{sweep.Sweep.Id} {SpecWords.Word(sweep.Sweep.Phase)}: {sweep.Sweep.Reason}");
        }

        return ExitCode.Ok;
    }
}
