using System.Runtime.ExceptionServices;

namespace Orchestrator.Pretraining.Checkpoints;

/// <summary>Work on a state's parts, a few at once: while one waits for disk or network another hashes. On threads of its own, which end with it.</summary>
public static class SideBySide
{
    // A state has at most four large parts; more threads would only take cores from training.
    private const int MostThreads = 4;

    /// <summary>Returns when no job runs any more.</summary>
    /// <exception cref="Exception">The first that a job threw; those after it were not begun.</exception>
    public static void Run(IReadOnlyList<Action> jobs)
    {
        var next = -1;
        ExceptionDispatchInfo? failed = null;
        void Work()
        {
            for (int job; Volatile.Read(ref failed) is null && (job = Interlocked.Increment(ref next)) < jobs.Count; )
            {
                try
                {
                    jobs[job]();
                }
                catch (Exception e)
                {
                    Interlocked.CompareExchange(ref failed, ExceptionDispatchInfo.Capture(e), null);
                }
            }
        }

        var threads = new Thread[Math.Min(MostThreads, jobs.Count) - 1];
        for (var i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(Work) { IsBackground = true, Name = "state-parts" };
            threads[i].Start();
        }

        Work();
        foreach (var thread in threads)
        {
            thread.Join();
        }

        failed?.Throw();
    }
}
