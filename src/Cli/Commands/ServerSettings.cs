using System.ComponentModel;
using Orchestrator.Cli.Api;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Commands;

/// <summary>What every verb that speaks to a coordinator takes.</summary>
public class ServerSettings : CommandSettings
{
    public const string Variable = "ORCHESTRATOR_SERVER";
    public const string Default = "http://127.0.0.1:8080";

    [CommandOption("--server <URL>")]
    [Description("The coordinator's address; default: ORCHESTRATOR_SERVER, else http://127.0.0.1:8080")]
    public string? Server { get; init; }

    [CommandOption("--json")]
    [Description("One JSON document on standard output instead of tables")]
    public bool Json { get; init; }

    public override ValidationResult Validate() =>
        Address() is null
            ? ValidationResult.Error(
                $"{(Server is null ? Variable : "--server")} {Written()}: must be an http or https address, such as {Default}"
            )
            : ValidationResult.Success();

    public CoordinatorClient Connect(TimeProvider time) => new(Address()!, time);

    private string Written() => Server ?? (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } variable ? variable : Default);

    /// <summary>With a slash at the end, so that paths are added to it.</summary>
    private Uri? Address() =>
        Uri.TryCreate(Written().TrimEnd('/') + "/", UriKind.Absolute, out var address) && (address.Scheme is "http" or "https")
            ? address
            : null;
}
