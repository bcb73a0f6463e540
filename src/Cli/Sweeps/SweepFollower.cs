using Orchestrator.Cli.Output;
using Orchestrator.Cli.Studies.Runs;
using Orchestrator.Client;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Sweeps;

/// <summary>Tells what happens to the trials of a sweep, a line each, until it ends, and then its table.</summary>
public sealed class SweepFollower(OrchestratorClient client, Terminal terminal, bool json)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly Dictionary<int, string> told = [];

    /// <returns><see cref="ExitCode.Ok"/> when it completed.</returns>
    public async Task<int> FollowAsync(string sweep, CancellationToken cancellation)
    {
        var patience = new CoordinatorPatience(terminal.Time, terminal.WriteNotice);
        while (true)
        {
            var seen = await patience.AskAsync(() => client.GetSweepAsync(sweep, cancellation), cancellation);
            Tell(seen);
            if (seen.Sweep.Phase.IsEnded())
            {
                return End(seen);
            }

            await Task.Delay(Every, terminal.Time, cancellation);
        }
    }

    private void Tell(SweepDetailView seen)
    {
        foreach (var trial in seen.Table.Where(trial => trial.Run is not null).OrderBy(trial => trial.Trial))
        {
            if (told.GetValueOrDefault(trial.Trial) == trial.Decision)
            {
                continue;
            }

            told[trial.Trial] = trial.Decision;
            var line = $"trial {trial.Trial} ({SweepTable.Values(trial)}) {trial.Run}: {trial.Decision}";
            if (json)
            {
                terminal.WriteNotice(line);
            }
            else
            {
                terminal.WriteLine(line);
            }
        }
    }

    private int End(SweepDetailView sweep)
    {
        if (json)
        {
            terminal.WriteJson(sweep);
        }
        else
        {
            SweepTable.Write(terminal, sweep);
        }

        if (sweep.Sweep.Phase == SweepPhase.Completed)
        {
            return ExitCode.Ok;
        }

        terminal.WriteError(
            $"sweep {sweep.Sweep.Id} {SpecWords.Word(sweep.Sweep.Phase)}",
            [sweep.Sweep.Reason],
            $"orchestrator sweep show {sweep.Sweep.Id} has its table"
        );
        return ExitCode.Failed;
    }
}
