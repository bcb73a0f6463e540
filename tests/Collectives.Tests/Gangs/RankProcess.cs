using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Orchestrator.Collectives.Tests.Nccl;
using Orchestrator.Collectives.Transport.Tcp;

namespace Orchestrator.Collectives.Tests.Gangs;

/// <summary>
/// A rank in a process of its own: this test program, started again with a variable that makes it a rank instead of running tests. It says the port of its
/// listener first.
/// </summary>
internal sealed class RankProcess : IDisposable
{
    private const string Variable = "COLLECTIVES_TEST_CHILD";

    private RankProcess(Process started, int port)
    {
        Process = started;
        Port = port;
    }

    /// <summary>Of its listener.</summary>
    public int Port { get; }

    /// <summary>Also of one that has ended.</summary>
    public Process Process { get; }

    /// <param name="role">Name of the class whose rank it is.</param>
    /// <param name="words">What that reads.</param>
    public static RankProcess Start(string role, string words)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(RankProcess).Assembly.Location])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment[Variable] = $"{role} {words}";
        Process started = Process.Start(start)!;
        return new RankProcess(started, int.Parse(started.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture));
    }

    /// <summary>Tells it of the others.</summary>
    /// <param name="ports">Of all ranks.</param>
    public void Meet(IEnumerable<int> ports) => Process.StandardInput.WriteLine(string.Join(' ', ports));

    public void Dispose()
    {
        if (!Process.HasExited)
        {
            Process.Kill();
        }

        Process.WaitForExit();
        Process.Dispose();
    }

    // Before anything of the test framework runs.
#pragma warning disable CA2255
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void BecomeRank()
    {
        if (Environment.GetEnvironmentVariable(Variable)?.Split(' ', 2) is not [var role, var words])
        {
            return;
        }

        using var listener = new FrameListener("127.0.0.1", 0, Console.Error.WriteLine);
        Console.WriteLine(listener.EndPoint.Port);
        Environment.Exit(role == nameof(NcclChildRank) ? NcclChildRank.Run(words, listener) : ChildRank.Run(words, listener));
    }
}
