using Orchestrator.Cli.Api;
using Orchestrator.Client;

namespace Orchestrator.Cli.Studies.Runs;

/// <summary>Asks a coordinator that may be away for minutes: a study takes hours, and its runs go on meanwhile.</summary>
/// <param name="tell">Told when waiting begins, and why.</param>
public sealed class CoordinatorPatience(TimeProvider time, Action<string> tell)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    // Whoever never answered is not waited for.
    private bool answered;

    /// <exception cref="OrchestratorException">What was asked for is wrong, nobody ever answered, or nobody has for a quarter of an hour.</exception>
    public async Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        for (var waits = false; ; waits = true)
        {
            try
            {
                var answer = await ask();
                answered = true;
                return answer;
            }
            catch (OrchestratorException e)
                when (answered && e.ExitCode() is ExitCode.Unreachable or ExitCode.Failed && time.GetElapsedTime(began) < Longest)
            {
                if (!waits)
                {
                    tell($"waits for a coordinator: {e.Message}");
                }
            }

            await Task.Delay(Pause, time, cancellation);
        }
    }
}
