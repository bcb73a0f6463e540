using System.ComponentModel;
using System.Net;
using System.Text.RegularExpressions;
using Orchestrator.Cli.Output;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Certs;

public sealed partial class CertsIssueSettings : CommandSettings
{
    [CommandArgument(0, "<DIR>")]
    [Description("Folder of the authority (certs init)")]
    public required string Folder { get; init; }

    [CommandOption("--name <NAME>")]
    [Description("Of the two files, and of whom they are for")]
    public string Name { get; init; } = "";

    [CommandOption("--dns <NAMES>")]
    [Description("Host names, with commas between them")]
    public string Dns { get; init; } = "";

    [CommandOption("--ip <ADDRESSES>")]
    [Description("Addresses, with commas between them")]
    public string Ip { get; init; } = "";

    [CommandOption("--days <N>")]
    [Description("How long it counts (90)")]
    public int Days { get; init; } = 90;

    public IReadOnlyList<string> Hosts => Words(Dns);

    public IReadOnlyList<IPAddress> Addresses => [.. Words(Ip).Select(IPAddress.Parse)];

    public override ValidationResult Validate() =>
        Name.Length == 0 ? ValidationResult.Error("--name is missing: of the two files, and of whom they are for")
        : !Names().IsMatch(Name) || Name == AuthorityFolder.Authority
            ? ValidationResult.Error(
                $"--name {Name}: must be 1 to 64 letters, digits, dots, dashes or underscores, beginning with a letter or digit, and not {AuthorityFolder.Authority}"
            )
        : Hosts.FirstOrDefault(host => Uri.CheckHostName(host) != UriHostNameType.Dns || host.Any(c => c > '~')) is { } badHost
            ? ValidationResult.Error($"--dns {badHost}: must be a host name")
        : Words(Ip).FirstOrDefault(text => !IPAddress.TryParse(text, out _)) is { } badAddress
            ? ValidationResult.Error($"--ip {badAddress}: must be an address, such as 10.0.0.5")
        : Days is < 1 or > 3650 ? ValidationResult.Error($"--days {Days}: must be from 1 to 3650")
        : base.Validate();

    private static string[] Words(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    private static partial Regex Names();
}

/// <summary><c>certs issue DIR --name NAME</c>: a certificate for client and server use, signed by the folder's authority.</summary>
public sealed class CertsIssueCommand(Terminal terminal) : Command<CertsIssueSettings>
{
    public override int Execute(CommandContext context, CertsIssueSettings settings, CancellationToken cancellationToken)
    {
        var folder = new AuthorityFolder(settings.Folder);
        var now = terminal.Time.GetUtcNow();
        using var authority = folder.ReadAuthority(now);
        var (until, end) = (now.AddDays(settings.Days), new DateTimeOffset(authority.NotAfter));
        if (until > end)
        {
            throw CliException.BadInput(
                $"--days {settings.Days}: the authority does not count so long",
                $"{folder.CertificateFile(AuthorityFolder.Authority)} ends at {end.UtcDateTime:yyyy-MM-dd HH:mm} UTC",
                $"give --days {Math.Max(0, (int)(end - now).TotalDays)} at most"
            );
        }

        using var certificate = DevelopmentAuthority.Issue(authority, settings.Name, settings.Hosts, settings.Addresses, now, until);
        folder.Write(settings.Name, certificate);
        terminal.WriteLine($"{folder.CertificateFile(settings.Name)}: {certificate.Subject}, until {until.UtcDateTime:yyyy-MM-dd}");
        return ExitCode.Ok;
    }
}
