using System.Text.Json;
using Orchestrator.Shared.Runs;
using Spectre.Console;

namespace Orchestrator.Cli.Output;

/// <summary>Where a command writes: tables for a person at a terminal, plain lines on a pipe, one JSON document for a script.</summary>
public sealed class Terminal
{
    private static readonly JsonSerializerOptions Json = new(RunSpecJson.Options) { WriteIndented = true };

    /// <param name="interactive">A person watches: tables with borders, and live displays that redraw themselves.</param>
    public Terminal(TextWriter output, TextWriter error, bool interactive, TimeProvider time)
    {
        Out = output;
        Error = error;
        IsInteractive = interactive;
        Time = time;
        Console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = interactive ? AnsiSupport.Detect : AnsiSupport.No,
                ColorSystem = interactive ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
                Interactive = interactive ? InteractionSupport.Yes : InteractionSupport.No,
                Out = new AnsiConsoleOutput(output),
            }
        );
        if (!interactive)
        {
            // A pipe has no width: help texts and lines are not wrapped to 80.
            Console.Profile.Width = 200;
        }
    }

    public TextWriter Out { get; }
    public TextWriter Error { get; }
    public IAnsiConsole Console { get; }
    public bool IsInteractive { get; }
    public TimeProvider Time { get; }

    /// <summary>Standard output and error of this process.</summary>
    public static Terminal OfProcess() =>
        new(
            System.Console.Out,
            System.Console.Error,
            !System.Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb",
            TimeProvider.System
        );

    public void WriteLine(string text = "") => Out.WriteLine(text);

    /// <summary>A line on standard error that is no part of the answer.</summary>
    public void WriteNotice(string text) => Error.WriteLine(text);

    public void WriteJson<T>(T document) => Out.WriteLine(JsonSerializer.Serialize(document, Json));

    public void Write(TextTable table)
    {
        if (IsInteractive)
        {
            Console.Write(table.ToRenderable());
        }
        else
        {
            table.WritePlain(Out);
        }
    }

    /// <summary>What happened, why, what next: on standard error, so that a script's standard output stays clean.</summary>
    public void WriteError(string what, IReadOnlyList<string> why, string? next)
    {
        Error.WriteLine($"error: {what}");
        foreach (var cause in why)
        {
            Error.WriteLine($"  {cause}");
        }

        if (next is not null)
        {
            Error.WriteLine($"next: {next}");
        }
    }
}
