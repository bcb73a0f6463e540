namespace Orchestrator.Benchmarks.AllReduce;

/// <summary>What is to be measured: <c>--world N --mib M --transport memory|shm|rings|tcp [--rounds R] [--json]</c>.</summary>
/// <param name="World">Ranks, 1 to 64.</param>
/// <param name="Mib">Size of the payload in MiB of float32; may be a fraction.</param>
/// <param name="Transport">
/// memory: threads of this process; the others are processes of this machine: shm with payloads in shared memory, read where they lie; rings with payloads elsewhere, copied through shared
/// memory; tcp.
/// </param>
/// <param name="Rounds">Measured calls.</param>
/// <param name="Json">One line of JSON instead of words.</param>
internal sealed record AllReduceArguments(int World, double Mib, string Transport, int Rounds, bool Json)
{
    private const double MostMib = 1024;
    private const int MostWorld = 64;

    /// <summary>Payload in elements.</summary>
    public int Length => (int)(Mib * 1024 * 1024 / sizeof(float));

    /// <summary>Payload in bytes.</summary>
    public long Bytes => (long)Length * sizeof(float);

    /// <summary>Calls before the first measured one, about two seconds: code is compiled a last time, buffers and windows have grown.</summary>
    public int WarmUp => (int)Math.Clamp((8L << 30) / Math.Max(Bytes, 1), 100, 20_000);

    /// <exception cref="BadWordsException">An argument is unknown, missing or out of its range.</exception>
    public static AllReduceArguments Parse(IReadOnlyList<string> words)
    {
        var given = new BenchmarkWords(words, "--json");
        var mib = given.Number("--mib", MostMib) ?? 16;
        var arguments = new AllReduceArguments(
            given.Whole("--world", 1, MostWorld) ?? 2,
            mib,
            given.Choice("--transport", "tcp", "memory", "shm", "rings"),
            given.Whole("--rounds", 1, 100_000) ?? (int)Math.Clamp(2048 / mib, 51, 501),
            given.Flag("--json")
        );
        given.End("--world, --mib, --transport, --rounds and --json");
        return arguments;
    }
}
