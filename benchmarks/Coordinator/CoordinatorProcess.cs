using System.Diagnostics;
using System.Globalization;

namespace Orchestrator.Benchmarks.Coordinator;

/// <summary>A coordinator's process, over a state folder whose ports it keeps. It ends with this process at the latest.</summary>
internal sealed class CoordinatorProcess : IDisposable
{
    private const double TicksASecond = 100;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly Process process;
    private readonly StreamWriter log;

    private CoordinatorProcess(Process process, StreamWriter log) => (this.process, this.log) = (process, log);

    public required Uri Http { get; init; }

    /// <summary>akka.tcp://run@HOST:PORT.</summary>
    public required string Akka { get; init; }

    /// <summary>From the start of the process to its ready line: the head has read the journal, and the API answers.</summary>
    public required TimeSpan ReadyAfter { get; init; }

    /// <summary>User and system time so far.</summary>
    public double ProcessorSeconds
    {
        get
        {
            var stat = File.ReadAllText($"/proc/{process.Id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture))
                / TicksASecond;
        }
    }

    public long ResidentBytes =>
        1024
        * long.Parse(
            File.ReadLines($"/proc/{process.Id}/status")
                .First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
                .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture
        );

    /// <summary>Starts one and waits until it is ready: <c>/readyz</c> is 200 then.</summary>
    public static async Task<CoordinatorProcess> StartAsync(string program, string state, string token)
    {
        var start = new ProcessStartInfo("dotnet", [program, "--State", state, "--JoinToken", token, "--Parent:ExitWithStdin", "true"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var writer = new StreamWriter(Path.Combine(state, "coordinator.log"), append: true) { AutoFlush = true };
        var begun = Stopwatch.GetTimestamp();
        var started = Process.Start(start) ?? throw new InvalidOperationException("dotnet cannot be started.");
        started.ErrorDataReceived += (_, line) =>
        {
            lock (writer)
            {
                writer.WriteLine(line.Data);
            }
        };
        started.BeginErrorReadLine();
        using var deadline = new CancellationTokenSource(Patience);
        var said = await started.StandardOutput.ReadLineAsync(deadline.Token);
        var ready = Stopwatch.GetElapsedTime(begun);
        if (said is null || !said.StartsWith("coordinator ready ", StringComparison.Ordinal))
        {
            started.Kill();
            throw new InvalidOperationException($"The coordinator is not ready ({said}); see {state}/coordinator.log.");
        }

        var words = said.Split(' ').Where(word => word.Contains('=')).Select(word => word.Split('=', 2)).ToDictionary(w => w[0], w => w[1]);
        return new CoordinatorProcess(started, writer)
        {
            Http = new Uri(words["http"]),
            Akka = words["akka"],
            ReadyAfter = ready,
        };
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            Kill();
        }

        process.Dispose();
        lock (log)
        {
            log.Dispose();
        }
    }
}
