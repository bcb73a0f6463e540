using System.ComponentModel;
using System.Text.Json.Nodes;
using Orchestrator.Cli.Output;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Commands;

public sealed class NoteSettings : RunSettings
{
    [CommandArgument(1, "<TEXT>")]
    [Description("At most 1000 characters; an empty text removes the note")]
    public required string Text { get; init; }
}

/// <summary><c>note RUN TEXT</c>: what somebody wants to remember of a run.</summary>
public sealed class NoteCommand(Terminal terminal) : ChangeCommand<NoteSettings>(terminal)
{
    protected override JsonObject Change(NoteSettings settings) => new() { ["note"] = settings.Text };
}
