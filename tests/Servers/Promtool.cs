using System.Diagnostics;
using Orchestrator.EndToEnd.Tests;

namespace Orchestrator.Tests.Servers;

/// <summary>
/// Prometheus's own tool, which knows what is wrong with metrics and rules. A test is skipped where it is missing, and fails there under
/// <c>REQUIRE_SERVICES=1</c>.
/// </summary>
internal static class Promtool
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    /// <summary>Before anything that takes its time.</summary>
    public static void Require() => Required.Program("promtool", "prometheus");

    /// <param name="input">Its standard input.</param>
    /// <returns>Exit code, and what it said on both outputs.</returns>
    public static async Task<(int Code, string Said)> RunAsync(string input, params IEnumerable<string> args)
    {
        Require();
        using var run = Process.Start(
            new ProcessStartInfo("promtool", args)
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        try
        {
            var said = Task.WhenAll(run.StandardOutput.ReadToEndAsync(), run.StandardError.ReadToEndAsync());
            await run.StandardInput.WriteAsync(input);
            run.StandardInput.Close();
            var texts = await said.WaitAsync(Deadline);
            await run.WaitForExitAsync().WaitAsync(Deadline);
            return (run.ExitCode, string.Concat(texts));
        }
        catch (TimeoutException e)
        {
            run.Kill();
            throw new TimeoutException($"promtool {string.Join(' ', args)} has not ended in {Deadline.TotalMinutes:0} minutes", e);
        }
    }
}
