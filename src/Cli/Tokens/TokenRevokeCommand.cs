using System.ComponentModel;
using Orchestrator.Cli.Commands;
using Orchestrator.Cli.Output;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Tokens;

public sealed class TokenRevokeSettings : ServerSettings
{
    [CommandArgument(0, "<TOKEN>")]
    [Description("Its id, as token list shows it")]
    public required string Token { get; init; }
}

/// <summary><c>token revoke TOKEN</c>: it is refused from now on.</summary>
public sealed class TokenRevokeCommand(Terminal terminal) : AsyncCommand<TokenRevokeSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, TokenRevokeSettings settings, CancellationToken cancellationToken)
    {
        using var client = settings.Connect(terminal.Time);
        var token = await client.RevokeTokenAsync(settings.Token, cancellationToken);
        if (settings.Json)
        {
            terminal.WriteJson(token);
        }
        else
        {
            terminal.WriteLine($"{token.Id} ({token.Name}, {token.User}) is revoked");
        }

        return ExitCode.Ok;
    }
}
