using System.ComponentModel;
using Orchestrator.Cli.Api;
using Orchestrator.Client;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Commands;

/// <summary>What every verb that speaks to a coordinator takes.</summary>
public class ServerSettings : CommandSettings
{
    public const string Variable = "ORCHESTRATOR_SERVER";
    public const string Default = "http://127.0.0.1:8080";

    [CommandOption("--server <URL>")]
    [Description(
        "The coordinator's address, or those of several, comma-separated; default: ORCHESTRATOR_SERVER, else http://127.0.0.1:8080"
    )]
    public string? Server { get; init; }

    [CommandOption("--token-file <FILE>")]
    [Description(
        "Holds the token, and only its owner may read it; default: ORCHESTRATOR_TOKEN, ORCHESTRATOR_TOKEN_FILE, ~/.config/orchestrator/token"
    )]
    public string? TokenFile { get; init; }

    [CommandOption("--ca-file <FILE>")]
    [Description(
        "Certificates (PEM) of who may have signed the coordinator's; default: ORCHESTRATOR_CA_FILE, else whom this machine trusts"
    )]
    public string? AuthoritiesFile { get; init; }

    [CommandOption("--json")]
    [Description("One JSON document on standard output instead of tables")]
    public bool Json { get; init; }

    public override ValidationResult Validate() =>
        Addresses() is null
            ? ValidationResult.Error(
                $"{(Server is null ? Variable : "--server")} {Written()}: must be an http or https address, such as {Default}"
            )
            : ValidationResult.Success();

    public OrchestratorClient Connect(TimeProvider time)
    {
        var identity = ClientIdentity.Read(TokenFile, AuthoritiesFile);
        return new OrchestratorClient(
            Addresses()!,
            new OrchestratorClientOptions
            {
                Token = identity.Token,
                Authorities = identity.Authorities,
                Time = time,
            }
        );
    }

    private string Written() => Server ?? (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } variable ? variable : Default);

    /// <summary>Each with a slash at the end, so that paths are added to it; null when one of them is none.</summary>
    private IReadOnlyList<Uri>? Addresses()
    {
        var words = Written().Split(',', StringSplitOptions.TrimEntries);
        var addresses = words.Select(Address).OfType<Uri>().ToList();
        return addresses.Count == words.Length ? addresses : null;
    }

    private static Uri? Address(string text) =>
        Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var address) && (address.Scheme is "http" or "https") ? address : null;
}
