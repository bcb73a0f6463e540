using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Orchestrator.Collectives.Transport.Tcp;
using Orchestrator.Worker.Ranks;
using Orchestrator.Worker.Recovery;

namespace Orchestrator.Benchmarks;

/// <summary>
/// A ViT-B's whole state from one rank to another over loopback, as a joiner takes it and with its digest proven, beside the same bytes over a bare
/// socket into the same memory, in turn.
/// </summary>
internal static class CopyBenchmark
{
    private const int Chunk = 1 << 20;
    private static readonly byte[] Secret = new byte[32];
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>Prints a line a round, and one with the medians.</summary>
    public static int Run(string[] rest)
    {
        var rounds = rest.Length > 0 ? int.Parse(rest[0], CultureInfo.InvariantCulture) : 3;
        using var state = VitBaseState.Create();
        using var spare = state.CreateLike();
        using var listener = new FrameListener("127.0.0.1", 0);
        var digest = state.Digest();
        using var service = listener.RegisterService("r", 1, Secret, connection => StateTransfer.Send(connection, state, digest));
        List<Round> all = [];
        // The first one touches the spare's memory and compiles the code: it is left out.
        for (var round = 0; round <= rounds; round++)
        {
            var plain = Plain(state, spare);
            var begun = Stopwatch.GetTimestamp();
            using (
                var connection = FrameConnection.Open(
                    "127.0.0.1",
                    listener.EndPoint.Port,
                    "r",
                    1,
                    Secret,
                    "copy",
                    "b",
                    "a",
                    Deadline,
                    default
                )
            )
            {
                StateTransfer.Receive(connection, state.Step, digest, spare);
            }

            var copy = Stopwatch.GetElapsedTime(begun).TotalSeconds;
            begun = Stopwatch.GetTimestamp();
            _ = spare.Digest();
            var hash = Stopwatch.GetElapsedTime(begun).TotalSeconds;
            if (round > 0)
            {
                all.Add(new Round(copy, plain, hash));
                Print("round", VitBaseState.Bytes(state), all[^1]);
            }
        }

        double Median(Func<Round, double> time) => all.Select(time).Order().ElementAt(all.Count / 2);
        Print("median", VitBaseState.Bytes(state), new Round(Median(r => r.Copy), Median(r => r.Plain), Median(r => r.Digest)));
        return 0;
    }

    private static double Plain(TrainingRunState from, IRankState into)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var sending = new Thread(() =>
        {
            using var peer = listener.Accept();
            foreach (var region in from.Regions)
            {
                ReadOnlySpan<byte> left = MemoryMarshal.AsBytes(region.Buffer.Span);
                while (left.Length > 0)
                {
                    left = left[peer.Send(left[..Math.Min(Chunk, left.Length)])..];
                }
            }
        });
        sending.Start();
        var begun = Stopwatch.GetTimestamp();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(listener.LocalEndPoint!);
        foreach (var region in into.Regions)
        {
            var left = MemoryMarshal.AsBytes(region.Buffer.Span);
            while (left.Length > 0)
            {
                var read = socket.Receive(left[..Math.Min(Chunk, left.Length)]);
                left = read > 0 ? left[read..] : throw new InvalidOperationException("the sender ended early");
            }
        }

        var took = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        sending.Join();
        return took;
    }

    private static void Print(string what, long bytes, Round round) =>
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $$"""{"benchmark":"copy","what":"{{what}}","megabytes":{{bytes / 1e6:F0}},"copySeconds":{{round.Copy:F2}},"copyMegabytesPerSecond":{{bytes / round.Copy / 1e6:F0}},"socketMegabytesPerSecond":{{bytes / round.Plain / 1e6:F0}},"digestMegabytesPerSecond":{{bytes / round.Digest / 1e6:F0}}}"""
            )
        );

    private sealed record Round(double Copy, double Plain, double Digest);
}
