namespace Orchestrator.Cli;

/// <summary>An end that the user should understand: what happened, why, and what to do next.</summary>
public sealed class CliException(int exitCode, string what, IReadOnlyList<string>? why = null, string? next = null) : Exception(what)
{
    /// <summary>One of <see cref="Cli.ExitCode"/>.</summary>
    public int ExitCode { get; } = exitCode;

    /// <summary>Causes, one a line.</summary>
    public IReadOnlyList<string> Why { get; } = why ?? [];
    public string? Next { get; } = next;

    public static CliException BadInput(string what, string? why = null, string? next = null) =>
        new(Cli.ExitCode.BadInput, what, why is null ? [] : [why], next);

    public static CliException Failed(string what, string? why = null, string? next = null) =>
        new(Cli.ExitCode.Failed, what, why is null ? [] : [why], next);
}
