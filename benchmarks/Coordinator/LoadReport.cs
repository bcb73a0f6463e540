using System.Globalization;
using System.Text.Json;

namespace Orchestrator.Benchmarks.Coordinator;

/// <summary>What was measured. Times of requests and acknowledgments in milliseconds, as a client on the same machine sees them.</summary>
internal sealed record LoadReport
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    public string Benchmark { get; } = "coordinator";
    public required int Workers { get; init; }
    public required int Runs { get; init; }
    public required IReadOnlyDictionary<string, int> RunsByPhase { get; init; }
    public required double Seconds { get; init; }
    public required LatencyFigures Submit { get; init; }
    public required LatencyFigures List { get; init; }
    public required LatencyFigures Detail { get; init; }
    public required LatencyFigures Metrics { get; init; }
    public required LatencyFigures WorkerList { get; init; }
    public required LatencyFigures Ack { get; init; }

    /// <summary>Requests that were answered with 503 while measured.</summary>
    public required long Refused { get; init; }
    public required double StatusesPerSecond { get; init; }
    public required double AcksPerSecond { get; init; }
    public required double RowsPerSecond { get; init; }

    /// <summary>Processor seconds a second, of one core.</summary>
    public required double CoordinatorCores { get; init; }

    /// <summary>The same of the simulated workers and clients, on the same cores.</summary>
    public required double SimulationCores { get; init; }
    public required double ResidentMegabytes { get; init; }
    public required double JournalBytesPerRun { get; init; }
    public required double RowBytesPerRun { get; init; }

    /// <summary>From the start of the process over the stored runs to 200 of <c>/readyz</c>, after SIGKILL.</summary>
    public required double ReplaySeconds { get; init; }

    /// <summary>Processor time of the coordinator for that.</summary>
    public required double ReplayProcessorSeconds { get; init; }

    /// <summary>From then on, until as many workers are acknowledged in a second as before.</summary>
    public required double WorkersBackSeconds { get; init; }
    public required double ResidentMegabytesAfterReplay { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, Web);

    public string ToTable()
    {
        string Line(string name, LatencyFigures f) => Text($"  {name, -28}{f.P50, 9:F1}{f.P99, 9:F1}{f.Max, 9:F1}{f.Count, 9}");
        return string.Join(
            '\n',
            Text($"{Workers} workers, {Runs} runs ({string.Join(", ", RunsByPhase.Select(p => $"{p.Value} {p.Key}"))}), {Seconds:F0} s"),
            "  milliseconds                      p50      p99      max    count",
            Line("POST runs", Submit),
            Line("GET runs?limit=50", List),
            Line("GET a run's detail", Detail),
            Line("GET a run's metrics", Metrics),
            Line("GET workers", WorkerList),
            Line("status to acknowledgment", Ack),
            Text(
                $"  a second: {StatusesPerSecond:F0} statuses, {AcksPerSecond:F0} acknowledged, {RowsPerSecond:F0} rows; {Refused} requests refused (503)"
            ),
            Text($"  cores: coordinator {CoordinatorCores:F2}, simulation {SimulationCores:F2}"),
            Text(
                $"  coordinator: {ResidentMegabytes:F0} MB; a run takes {JournalBytesPerRun:F0} bytes of journal, {RowBytesPerRun:F0} of rows"
            ),
            Text(
                $"  after SIGKILL: ready in {ReplaySeconds:F1} s ({ReplayProcessorSeconds:F1} s of processor), workers back {WorkersBackSeconds:F1} s later, {ResidentMegabytesAfterReplay:F0} MB"
            )
        );
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
