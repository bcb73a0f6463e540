using System.ComponentModel;
using Orchestrator.Cli.Output;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Certs;

public sealed class CertsInitSettings : CommandSettings
{
    [CommandArgument(0, "<DIR>")]
    [Description("Folder for ca.crt and ca.key; made where it is missing")]
    public required string Folder { get; init; }

    [CommandOption("--name <NAME>")]
    [Description("What the authority is called in certificates")]
    public string Name { get; init; } = "orchestrator development CA";

    public override ValidationResult Validate() =>
        Name.Length is 0 or > 64 || Name.Any(char.IsControl)
            ? ValidationResult.Error($"--name {Name}: must be 1 to 64 characters, without control characters")
            : base.Validate();
}

/// <summary><c>certs init DIR</c>: a development authority.</summary>
public sealed class CertsInitCommand(Terminal terminal) : Command<CertsInitSettings>
{
    public override int Execute(CommandContext context, CertsInitSettings settings, CancellationToken cancellationToken)
    {
        var folder = new AuthorityFolder(settings.Folder);
        using var authority = DevelopmentAuthority.Create(settings.Name, terminal.Time.GetUtcNow());
        folder.Write(AuthorityFolder.Authority, authority);
        terminal.WriteLine(
            $"{folder.CertificateFile(AuthorityFolder.Authority)}: {authority.Subject}, until {authority.NotAfter.ToUniversalTime():yyyy-MM-dd}"
        );
        terminal.WriteNotice(
            $"whoever has {folder.KeyFile(AuthorityFolder.Authority)} can join every cluster that trusts it: keep it off the machines of the cluster; they need ca.crt"
        );
        return ExitCode.Ok;
    }
}
