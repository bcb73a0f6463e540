using Orchestrator.Cli.Output;

namespace Orchestrator.Cli.Tests;

/// <summary>What a command left behind that was typed with its standard output on a pipe.</summary>
public sealed record Typed(int Code, string Out, string Error)
{
    public IReadOnlyList<string> Lines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public static async Task<Typed> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var code = await CliApp.RunAsync(args, new Terminal(output, error, false, TimeProvider.System), deadline.Token);
        return new Typed(code, output.ToString(), error.ToString());
    }

    public override string ToString() => $"exit code {Code}\n{Out}\n{Error}";
}
