using System.Diagnostics;
using System.Text.Json;

namespace Orchestrator.Pretraining.Training;

/// <summary>
/// A timeline of a rank's steps, by thread, in Chrome's trace event format: Perfetto and chrome://tracing show it, and those of several ranks of one machine
/// beside one another, for times are the machine's. It ends by itself after <see cref="MaxSteps"/> steps. The file is readable at any time, also when its process was killed.
/// </summary>
public sealed class StepTrace : IDisposable
{
    /// <summary>Steps that are kept: some 5 MB with eight shards.</summary>
    public const int MaxSteps = 1000;

    // The line of the buckets: no thread's id.
    private const int Buckets = 1_000_000;

    private readonly FileStream stream;
    private readonly Utf8JsonWriter json;
    private readonly Lock writing = new();
    private readonly HashSet<int> known = [];
    private int steps;

    private StepTrace(FileStream stream, string process)
    {
        this.stream = stream;
        json = new Utf8JsonWriter(stream, new JsonWriterOptions { SkipValidation = true });
        json.WriteStartArray();
        Metadata("process_name", 0, process);
        Flush();
    }

    /// <summary>Begins a file, over one that is there.</summary>
    /// <param name="process">What the timeline is headed by: the worker's name.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static StepTrace Open(string path, string process) =>
        new(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read), process);

    /// <summary>What the calling thread did up to now.</summary>
    /// <param name="since">When it began, of <see cref="Stopwatch.GetTimestamp"/>.</param>
    /// <param name="shard">The shard that it did it for; null for the whole step.</param>
    public void Add(string phase, long since, long step, int? shard) =>
        Add(Environment.CurrentManagedThreadId, Thread.CurrentThread.Name ?? "control", phase, since, step, "shard", shard);

    /// <summary>The exchange of a bucket of the gradient, on a line of its own: it goes on beside the phases.</summary>
    /// <param name="since">When all local shards were in it and the exchange began.</param>
    public void AddBucket(long since, long step, int bucket) => Add(Buckets, "buckets", "bucket", since, step, "bucket", bucket);

    /// <summary>A step is over: what was added of it is in the file.</summary>
    public void EndStep()
    {
        lock (writing)
        {
            steps++;
            Flush();
        }
    }

    public void Dispose()
    {
        lock (writing)
        {
            steps = MaxSteps;
            json.WriteEndArray();
            json.Dispose();
            stream.Dispose();
        }
    }

    private void Add(int line, string title, string phase, long since, long step, string key, int? value)
    {
        var now = Stopwatch.GetTimestamp();
        lock (writing)
        {
            if (steps >= MaxSteps)
            {
                return;
            }

            if (known.Add(line))
            {
                Metadata("thread_name", line, title);
            }

            Event(phase, "X", line);
            json.WriteNumber("ts", Stopwatch.GetElapsedTime(0, since).TotalMicroseconds);
            json.WriteNumber("dur", Stopwatch.GetElapsedTime(since, now).TotalMicroseconds);
            json.WriteStartObject("args");
            json.WriteNumber("step", step);
            if (value is { } of)
            {
                json.WriteNumber(key, of);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }
    }

    private void Metadata(string kind, int thread, string name)
    {
        Event(kind, "M", thread);
        json.WriteStartObject("args");
        json.WriteString("name", name);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void Event(string name, string kind, int thread)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("ph", kind);
        json.WriteNumber("pid", Environment.ProcessId);
        json.WriteNumber("tid", thread);
    }

    private void Flush()
    {
        json.Flush();
        stream.Flush();
    }
}
