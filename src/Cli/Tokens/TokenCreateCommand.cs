using System.ComponentModel;
using System.Globalization;
using Orchestrator.Cli.Commands;
using Orchestrator.Cli.Output;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Tokens;

public sealed class TokenCreateSettings : ServerSettings
{
    [CommandArgument(0, "<NAME>")]
    [Description("What it is for, such as \"ada's laptop\"")]
    public required string Name { get; init; }

    [CommandOption("--user <NAME>")]
    [Description("Whose runs it submits and may change")]
    public string User { get; init; } = "";

    [CommandOption("--scope <WORD>")]
    [Description("viewer (reads), researcher (and its own runs; default) or operator (everything)")]
    public string Scope { get; init; } = "researcher";

    [CommandOption("--project <NAME>")]
    [Description("Runs of this project may be submitted and changed; may be given again. Without: the user's own, in the project default")]
    public string[] Projects { get; init; } = [];

    [CommandOption("--expires <WHEN>")]
    [Description("After 12h or 30d, or at 2027-01-31 (UTC); default: never")]
    public string? Expires { get; init; }

    public TokenScope? Wanted => Enum.GetValues<TokenScope>().Cast<TokenScope?>().FirstOrDefault(s => SpecWords.Word(s!.Value) == Scope);

    public override ValidationResult Validate() =>
        User.Length == 0 ? ValidationResult.Error("--user is missing: whose runs it submits and may change")
        : Wanted is null ? ValidationResult.Error($"--scope {Scope}: must be viewer, researcher or operator")
        : Expires is not null && ExpiresAt(TimeProvider.System) is null
            ? ValidationResult.Error($"--expires {Expires}: must be like 12h, 30d or 2027-01-31")
        : base.Validate();

    public DateTimeOffset? ExpiresAt(TimeProvider time) =>
        Expires is [.. var count, ('h' or 'd') and var unit]
        && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
        && n is > 0 and < 100_000
            ? time.GetUtcNow() + (unit == 'h' ? TimeSpan.FromHours(n) : TimeSpan.FromDays(n))
        : DateTimeOffset.TryParseExact(Expires, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var day)
            ? day
        : null;
}

/// <summary><c>token create NAME</c>: prints the token, this once, and nothing else on standard output.</summary>
public sealed class TokenCreateCommand(Terminal terminal) : AsyncCommand<TokenCreateSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, TokenCreateSettings settings, CancellationToken cancellationToken)
    {
        using var client = settings.Connect(terminal.Time);
        var request = new TokenRequest(
            settings.Name,
            settings.User,
            settings.Wanted!.Value,
            settings.Projects,
            settings.ExpiresAt(terminal.Time)
        );
        var created = await client.CreateTokenAsync(request, cancellationToken);
        if (settings.Json)
        {
            terminal.WriteJson(created);
            return ExitCode.Ok;
        }

        terminal.WriteLine(created.Secret);
        terminal.WriteNotice(
            $"token {created.Token.Id}: it is not shown again; revoke it with: orchestrator token revoke {created.Token.Id}"
        );
        return ExitCode.Ok;
    }
}
