using System.Diagnostics;
using Orchestrator.Shared.Api;

namespace Orchestrator.Benchmarks.Coordinator;

/// <summary>Stores the runs of a mix, as far as they are not there yet: all through the API, and ended by the simulated workers or by a cancellation.</summary>
internal sealed class RunFiller(CoordinatorCalls calls, FleetLog log, Action<string> tell)
{
    private const int AtOnce = 8;

    /// <summary>More would only wait for one another.</summary>
    private const int MostUnfinished = 100;

    /// <summary>Nothing has ended for so long: something is wrong.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public async Task FillAsync(RunMix mix)
    {
        var stored = await calls.RunsAsync();
        foreach (var (kind, count, spec) in mix.Kinds)
        {
            var there = stored.Count(run => run.Name.StartsWith(kind, StringComparison.Ordinal));
            tell($"{kind.TrimEnd('-')}: {there} of {count} runs are stored");
            await SubmitAsync(kind, there, count, spec);
        }

        await UntilAsync("the long runs train", runs => runs.Count(IsTraining) >= mix.Trains);
    }

    private static bool IsTraining(RunView run) =>
        run.Phase == Shared.Runs.RunPhase.Running && run.Name.StartsWith(RunMix.Running, StringComparison.Ordinal);

    private async Task SubmitAsync(string kind, int there, int count, string spec)
    {
        var waitsForEnd = kind is "short-" or RunMix.Failing;
        var (next, ended) = (there, log.Ended);
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => SubmitSomeAsync()));
        if (waitsForEnd)
        {
            await EndedAsync(kind, ended + Math.Max(0, count - there));
        }

        async Task SubmitSomeAsync()
        {
            while (Interlocked.Increment(ref next) is var number && number <= count)
            {
                if (waitsForEnd)
                {
                    await EndedAsync(kind, ended + number - there - MostUnfinished);
                }

                var run = await calls.SubmitAsync(RunMix.Named(spec, kind, number));
                if (kind == "canceled-")
                {
                    await calls.CancelAsync(run);
                }
            }
        }
    }

    private async Task EndedAsync(string kind, long count)
    {
        var (seen, at) = (log.Ended, Stopwatch.GetTimestamp());
        while (log.Ended < count)
        {
            await Task.Delay(20);
            if (log.Ended > seen)
            {
                (seen, at) = (log.Ended, Stopwatch.GetTimestamp());
            }
            else if (Stopwatch.GetElapsedTime(at) > Patience)
            {
                throw new InvalidOperationException($"No run of kind {kind} has ended for {Patience}; {log.Ended} of {count} have.");
            }
        }
    }

    private async Task UntilAsync(string what, Func<IReadOnlyList<RunView>, bool> holds)
    {
        var begun = Stopwatch.GetTimestamp();
        while (!holds(await calls.RunsAsync()))
        {
            await Task.Delay(1000);
            if (Stopwatch.GetElapsedTime(begun) > Patience)
            {
                throw new InvalidOperationException($"Waited {Patience} until {what}.");
            }
        }
    }
}
