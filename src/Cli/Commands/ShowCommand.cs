using Orchestrator.Cli.Output;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Commands;

/// <summary><c>show RUN</c>: its state, members, generations, hashes, probes, artifacts and history.</summary>
public sealed class ShowCommand(Terminal terminal) : AsyncCommand<RunSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, RunSettings settings, CancellationToken cancellationToken)
    {
        using var client = settings.Connect(terminal.Time);
        var detail = await client.GetRunDetailAsync(settings.Run, cancellationToken);
        if (settings.Json)
        {
            terminal.WriteJson(detail);
            return ExitCode.Ok;
        }

        RunReport.Write(terminal, detail);
        foreach (var artifact in (await client.ListRunArtifactsAsync(settings.Run, cancellationToken)).Artifacts)
        {
            terminal.WriteLine($"artifact {artifact.Name}  {Format.Bytes(artifact.Bytes)}  {artifact.Path}");
        }

        foreach (var line in (await client.GetRunHistoryAsync(settings.Run, cancellationToken)).Events)
        {
            terminal.WriteLine($"{line.At.ToLocalTime():yyyy-MM-dd HH:mm:ss}  {line.Text}");
        }

        return ExitCode.Ok;
    }
}
