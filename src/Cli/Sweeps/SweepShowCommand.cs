using Orchestrator.Cli.Output;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Sweeps;

/// <summary><c>sweep show SWEEP</c>: its table, best trial first.</summary>
public sealed class SweepShowCommand(Terminal terminal) : AsyncCommand<SweepSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, SweepSettings settings, CancellationToken cancellationToken)
    {
        using var client = settings.Connect(terminal.Time);
        var sweep = await client.GetSweepAsync(settings.Sweep, cancellationToken);
        if (settings.Json)
        {
            terminal.WriteJson(sweep);
        }
        else
        {
            SweepTable.Write(terminal, sweep);
        }

        return ExitCode.Ok;
    }
}
