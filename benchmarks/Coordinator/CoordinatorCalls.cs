using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Benchmarks.Coordinator;

/// <summary>Requests to the coordinator's API, timed from the first byte sent to the last byte read.</summary>
internal sealed class CoordinatorCalls : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly HttpClient http;
    private readonly long begunAt = Stopwatch.GetTimestamp();
    private long keys;
    private long refused;

    public CoordinatorCalls(Uri server) => http = new HttpClient { BaseAddress = server, Timeout = TimeSpan.FromMinutes(2) };

    /// <summary>Submits until it is taken: while no head answers (503), a client asks again, with the same key. The time is that of all attempts.</summary>
    public async Task<string> SubmitAsync(string spec, LatencyLog? times = null)
    {
        var (begun, key) = (Stopwatch.GetTimestamp(), $"{Interlocked.Increment(ref keys)}-{begunAt}");
        while (true)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/runs") { Content = new StringContent(spec) };
            request.Headers.Add("Idempotency-Key", key);
            using var response = await http.SendAsync(request);
            var body = await response.Content.ReadAsStringAsync();
            if (response.StatusCode == HttpStatusCode.ServiceUnavailable && Stopwatch.GetElapsedTime(begun) < Patience)
            {
                Interlocked.Increment(ref refused);
                await Task.Delay(100);
                continue;
            }

            times?.Add(Stopwatch.GetElapsedTime(begun));
            return response.IsSuccessStatusCode
                ? JsonSerializer.Deserialize<SubmittedView>(body, RunSpecJson.Options)!.Id
                : throw new InvalidOperationException($"POST /api/v1/runs: {(int)response.StatusCode} {body}\n{spec}");
        }
    }

    /// <summary>Answers so far that no head is there (503).</summary>
    public long Refused => Interlocked.Read(ref refused);

    public async Task CancelAsync(string run)
    {
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            using var response = await http.PostAsync($"/api/v1/runs/{run}/cancel", null);
            if (response.StatusCode == HttpStatusCode.ServiceUnavailable && Stopwatch.GetElapsedTime(begun) < Patience)
            {
                await Task.Delay(100);
                continue;
            }

            // 409: an attempt that was not answered has done it.
            if (response.StatusCode != HttpStatusCode.Conflict)
            {
                response.EnsureSuccessStatusCode();
            }

            return;
        }
    }

    public async Task<IReadOnlyList<RunView>> RunsAsync() =>
        (await http.GetFromJsonAsync<RunListView>("/api/v1/runs", RunSpecJson.Options))!.Runs;

    /// <returns>Bytes of the answer.</returns>
    public async Task<int> GetAsync(string path, LatencyLog? times = null)
    {
        var begun = Stopwatch.GetTimestamp();
        using var response = await http.GetAsync(path);
        var bytes = (await response.Content.ReadAsByteArrayAsync()).Length;
        times?.Add(Stopwatch.GetElapsedTime(begun));
        if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
        {
            Interlocked.Increment(ref refused);
        }
        else
        {
            response.EnsureSuccessStatusCode();
        }

        return bytes;
    }

    public void Dispose() => http.Dispose();
}
