using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Orchestrator.Cli.Demo;
using Xunit;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>The CLI as a process of its own, with both its outputs read as they come.</summary>
internal sealed partial class CliProcess : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(4);

    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly StringBuilder both = new();
    private readonly Lock gate = new();
    private readonly Task reading;
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private CliProcess(Process process)
    {
        this.process = process;
        reading = Task.WhenAll(ReadAsync(process.StandardOutput, true), ReadAsync(process.StandardError, false));
    }

    public int Id => process.Id;

    /// <summary>Standard output so far.</summary>
    public string Out
    {
        get
        {
            lock (gate)
            {
                return output.ToString();
            }
        }
    }

    /// <summary>Standard output and error so far.</summary>
    public string Both
    {
        get
        {
            lock (gate)
            {
                return both.ToString();
            }
        }
    }

    public static CliProcess Start(string folder, params IEnumerable<string> args) => StartAssembly(folder, Repository.Cli, args);

    /// <summary>Another of the programs: <c>Worker</c> for its commands.</summary>
    public static CliProcess StartProgram(string folder, string room, params IEnumerable<string> args) =>
        StartAssembly(folder, new ProgramFinder(Repository.CliHome).Find(room), args);

    private static CliProcess StartAssembly(string folder, string assembly, IEnumerable<string> args)
    {
        // A test run in a shell's background ignores Ctrl-C, and so would its children: these are started as from a terminal. (env becomes the program.)
        var start = new ProcessStartInfo("env", ["--default-signal=INT", ProgramFinder.Host(), "exec", assembly, .. args])
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("ORCHESTRATOR_SERVER");
        return new CliProcess(Process.Start(start)!);
    }

    /// <summary>A demo of one of these tests' specs that keeps its state in the folder.</summary>
    public static CliProcess StartDemo(string spec, string state, params IEnumerable<string> args) =>
        Start(state, ["demo", "--json", "--spec", Repository.Spec(spec), "--data-root", Repository.Samples, "--state", state, .. args]);

    /// <summary>Waits for its end; the exit code.</summary>
    /// <param name="patience">How long it may take; null: four minutes.</param>
    public async Task<int> EndAsync(TimeSpan? patience = null)
    {
        var deadline = patience ?? Deadline;
        try
        {
            using var limit = new CancellationTokenSource(deadline);
            await process.WaitForExitAsync(limit.Token);
            await reading.WaitAsync(limit.Token);
            return process.ExitCode;
        }
        catch (OperationCanceledException e)
        {
            Processes.Kill(process.Id);
            throw new TimeoutException($"The CLI did not end within {deadline.TotalMinutes:0} minutes. It said:\n{Both}", e);
        }
    }

    /// <summary>Waits for its end, which has to be a success, and reads the document that it printed.</summary>
    /// <param name="patience">As for <see cref="EndAsync"/>.</param>
    public async Task<DemoReport> ReportAsync(TimeSpan? patience = null)
    {
        var code = await EndAsync(patience);
        Assert.True(code == 0, $"exit code {code}\n{Both}");
        Assert.Single(Out.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        return JsonSerializer.Deserialize<DemoReport>(Out, JsonSerializerOptions.Web)!;
    }

    /// <summary>Waits until it said this, on either output; the first group, or the whole match.</summary>
    public async Task<string> SaysAsync(Regex pattern)
    {
        using var limit = new CancellationTokenSource(Deadline);
        while (true)
        {
            var next = Volatile.Read(ref changed).Task;
            if (pattern.Match(Both) is { Success: true } match)
            {
                return match.Groups[^1].Value;
            }

            if (await Task.WhenAny(next, reading, Task.Delay(Deadline, limit.Token)) != next && !pattern.IsMatch(Both))
            {
                throw new InvalidOperationException($"The CLI never said {pattern}. It said:\n{Both}");
            }
        }
    }

    /// <summary>The address at which its coordinator serves.</summary>
    public async Task<Uri> PageAsync() => new(await SaysAsync(Page()));

    /// <summary>Its run, once submitted or gone on with.</summary>
    public async Task<string> RunAsync() => await SaysAsync(Run());

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    private async Task ReadAsync(StreamReader reader, bool isOutput)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            Add(line, isOutput);
            Interlocked.Exchange(ref changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        }
    }

    private void Add(string line, bool isOutput)
    {
        lock (gate)
        {
            both.Append(line).Append('\n');
            if (isOutput)
            {
                output.Append(line).Append('\n');
            }
        }
    }

    [GeneratedRegex(@"page (http://\S+)")]
    private static partial Regex Page();

    [GeneratedRegex(@"(?:submitted|going on with) run (r-[a-z0-9]+)")]
    private static partial Regex Run();
}
