using Orchestrator.Cli.Commands;
using Orchestrator.Cli.Output;
using Orchestrator.Shared.Runs;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Tokens;

/// <summary><c>token list</c>: who may come in, and who could; never a secret.</summary>
public sealed class TokenListCommand(Terminal terminal) : AsyncCommand<ServerSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, ServerSettings settings, CancellationToken cancellationToken)
    {
        using var client = settings.Connect(terminal.Time);
        var list = await client.ListTokensAsync(cancellationToken);
        if (settings.Json)
        {
            terminal.WriteJson(list);
            return ExitCode.Ok;
        }

        var now = terminal.Time.GetUtcNow();
        var table = new TextTable("token", "name", "user", "scope", "projects", "state", "created", "by", "used");
        foreach (var token in list.Tokens)
        {
            table.Add(
                token.Id,
                token.Name,
                token.User,
                SpecWords.Word(token.Scope),
                string.Join(',', token.Projects),
                token.RevokedAt is not null ? "revoked"
                    : token.ExpiresAt is not { } end ? "good"
                    : end <= now ? "expired"
                    : $"until {end:yyyy-MM-dd HH:mm}",
                $"{Format.Ago(token.CreatedAt, now)} ago",
                token.CreatedBy,
                token.LastUsedAt is { } used ? $"{Format.Ago(used, now)} ago" : "never"
            );
        }

        if (table.Count == 0)
        {
            terminal.WriteLine("no tokens; make one with: orchestrator token create NAME --user USER");
        }
        else
        {
            terminal.Write(table);
        }

        return ExitCode.Ok;
    }
}
