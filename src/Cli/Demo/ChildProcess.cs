using System.Diagnostics;

namespace Orchestrator.Cli.Demo;

/// <summary>
/// A process of ours: its standard input is held open (it ends when that closes, so it never outlives this program, however this program ends),
/// its output goes into a log file.
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly Process process;
    private readonly StreamWriter log;
    private readonly Lock gate = new();
    private readonly TaskCompletionSource<string> ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string readyPrefix;
    private readonly Task output;
    private bool disposed;

    private ChildProcess(string name, Process process, string logPath, string readyPrefix)
    {
        Name = name;
        LogPath = logPath;
        this.process = process;
        this.readyPrefix = readyPrefix;
        log = new StreamWriter(new FileStream(logPath, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        output = Task.WhenAll(CopyAsync(process.StandardOutput), CopyAsync(process.StandardError));
        Ended = EndAsync();
    }

    public string Name { get; }
    public string LogPath { get; }
    public int Id => process.Id;

    /// <summary>Completes with the exit code (128 + signal for one that was killed) once the process is gone and its log whole.</summary>
    public Task<int> Ended { get; }

    /// <param name="program">An assembly that the dotnet host runs.</param>
    /// <param name="settings">Environment variables; those of ours that this process has are not handed on.</param>
    /// <param name="readyPrefix">How the line begins by which the process says that it serves.</param>
    /// <param name="within">A command that becomes the one after it (nsenter with its options); null: none.</param>
    public static ChildProcess Start(
        string name,
        string program,
        IReadOnlyDictionary<string, string> settings,
        string logPath,
        string readyPrefix,
        IReadOnlyList<string>? within = null
    )
    {
        string[] command = [.. within ?? [], ProgramFinder.Host(), "exec", program];
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            // Its appsettings.json lies beside it.
            WorkingDirectory = Path.GetDirectoryName(program)!,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (
            var inherited in start.Environment.Keys.Where(k => k.StartsWith("ORCHESTRATOR_", StringComparison.OrdinalIgnoreCase)).ToList()
        )
        {
            start.Environment.Remove(inherited);
        }

        foreach (var (key, value) in settings)
        {
            start.Environment[key] = value;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(logPath)!);
        try
        {
            return new ChildProcess(name, Process.Start(start)!, logPath, readyPrefix);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw CliException.Failed($"cannot start {name}", $"{start.FileName}: {e.Message}", "check that the dotnet host is installed");
        }
    }

    /// <summary>The line by which it says that it serves, split into its key=value words.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ReadyAsync(TimeSpan deadline, TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            var first = await Task.WhenAny(ready.Task, Ended).WaitAsync(deadline, time, cancellation);
            if (first == Ended)
            {
                throw Died("before it was ready");
            }
        }
        catch (TimeoutException)
        {
            throw new CliException(
                ExitCode.Failed,
                $"{Name} was not ready within {deadline.TotalSeconds:0} s",
                Tail(),
                $"its log is {LogPath}"
            );
        }

        var line = await ready.Task;
        return line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(word => word.Split('=', 2))
            .Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
    }

    /// <summary>That it ended and should not have, with the end of its log.</summary>
    public CliException Died(string when) =>
        new(
            ExitCode.Failed,
            $"{Name} ended {when}{(Ended.IsCompletedSuccessfully ? $" ({Describe()})" : "")}",
            Tail(),
            $"its log is {LogPath}"
        );

    /// <summary>How it ended, in words; it has to have ended.</summary>
    public string Describe() => process.ExitCode > 128 ? $"killed by signal {process.ExitCode - 128}" : $"exit code {process.ExitCode}";

    /// <summary>The last lines of the log.</summary>
    public IReadOnlyList<string> Tail(int lines = 12)
    {
        try
        {
            using var reader = new StreamReader(
                new FileStream(LogPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)
            );
            return
            [
                .. reader
                    .ReadToEnd()
                    .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                    .TakeLast(lines)
                    .Select(l => $"{Name}: {l.TrimEnd()}"),
            ];
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <summary>Asks it to end: its standard input closes.</summary>
    public void CloseInput()
    {
        try
        {
            process.StandardInput.Close();
        }
        catch (IOException) { }
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException) { }
    }

    /// <summary>Asks it to end, and kills it when it has not within 5 s.</summary>
    public async ValueTask DisposeAsync()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        CloseInput();
        try
        {
            await Ended.WaitAsync(Grace);
        }
        catch (TimeoutException)
        {
            Kill();
            await Ended;
        }

        await log.DisposeAsync();
        process.Dispose();
    }

    private async Task<int> EndAsync()
    {
        await process.WaitForExitAsync();
        await output;
        return process.ExitCode;
    }

    private void Append(string line)
    {
        lock (gate)
        {
            log.WriteLine(line);
        }
    }

    private async Task CopyAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            Append(line);
            if (line.StartsWith(readyPrefix, StringComparison.Ordinal))
            {
                ready.TrySetResult(line);
            }
        }
    }
}
