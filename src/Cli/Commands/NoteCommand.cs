using System.ComponentModel;
using Orchestrator.Cli.Output;
using Orchestrator.Shared.Api;
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
    protected override RunChangeRequest Change(NoteSettings settings) => new() { Note = settings.Text };
}
