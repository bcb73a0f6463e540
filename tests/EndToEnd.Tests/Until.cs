using Xunit;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>Waiting for what other processes do: looked at twenty times a second, for two minutes at most.</summary>
internal static class Until
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    /// <param name="what">For the failure's text.</param>
    public static async Task HoldsAsync(string what, Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(Deadline);
        while (!await holds())
        {
            Assert.False(limit.IsCancellationRequested, $"waited {Deadline.TotalMinutes:0} minutes for {what}");
            await Task.Delay(50);
        }
    }
}
