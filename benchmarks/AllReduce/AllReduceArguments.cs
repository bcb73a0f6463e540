using Orchestrator.Collectives;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Benchmarks.AllReduce;

/// <summary>What is to be measured: <c>--world N --mib M --transport memory|shm|rings|tcp [--wire fp32|bf16] [--rounds R] [--warm-up C] [--hosts H [--interleaved]] [--lanes L] [--json]</c>.</summary>
/// <param name="World">Ranks, 1 to 64.</param>
/// <param name="Mib">Size of the payload in MiB of float32; may be a fraction.</param>
/// <param name="Transport">
/// memory: threads of this process; the others are processes of this machine: shm with payloads in shared memory, read where they lie; rings with payloads elsewhere, copied through shared
/// memory; tcp.
/// </param>
/// <param name="Wire">What the numbers cross ranks as; bf16 costs rounding before and widening after, which is measured with it.</param>
/// <param name="Rounds">Measured calls.</param>
/// <param name="WarmUp">Calls before the first measured one: code is compiled a last time, buffers and windows have grown.</param>
/// <param name="Hosts">That the ranks of shm and rings pretend to be on: they share memory within one, and use TCP between them.</param>
/// <param name="Interleaved">Neighbors are on different hosts, so that sums know no hosts.</param>
/// <param name="Lanes">In so many slices large payloads are summed at once.</param>
/// <param name="Json">One line of JSON instead of words.</param>
internal sealed record AllReduceArguments(
    int World,
    double Mib,
    string Transport,
    Precision Wire,
    int Rounds,
    int WarmUp,
    int Hosts,
    bool Interleaved,
    int Lanes,
    bool Json
)
{
    private const double MostMib = 1024;
    private const int MostWorld = 64;

    /// <summary>Payload in elements.</summary>
    public int Length => (int)(Mib * 1024 * 1024 / sizeof(float));

    /// <summary>Payload in bytes.</summary>
    public long Bytes => (long)Length * sizeof(float);

    /// <summary>As it was said.</summary>
    public string WireName => Wire == Precision.Bf16 ? "bf16" : "fp32";

    /// <summary>The host that a rank pretends to be on; null for none but this machine.</summary>
    public string? HostOf(int rank) => Hosts == 1 ? null : $"host {(Interleaved ? rank % Hosts : (long)rank * Hosts / World)}";

    // About two seconds.
    private static int Warming(double mib) => (int)Math.Clamp(8192 / mib, 100, 20_000);

    /// <exception cref="BadWordsException">An argument is unknown, missing or out of its range.</exception>
    public static AllReduceArguments Parse(IReadOnlyList<string> words)
    {
        var given = new BenchmarkWords(words, "--json", "--interleaved");
        var mib = given.Number("--mib", MostMib) ?? 16;
        var arguments = new AllReduceArguments(
            given.Whole("--world", 1, MostWorld) ?? 2,
            mib,
            given.Choice("--transport", "tcp", "memory", "shm", "rings"),
            given.Choice("--wire", "fp32", "bf16") == "bf16" ? Precision.Bf16 : Precision.Fp32,
            given.Whole("--rounds", 1, 100_000) ?? (int)Math.Clamp(2048 / mib, 51, 501),
            given.Whole("--warm-up", 1, 1_000_000) ?? Warming(mib),
            given.Whole("--hosts", 1, MostWorld) ?? 1,
            given.Flag("--interleaved"),
            given.Whole("--lanes", 1, GroupDescription.MostLanes) ?? 1,
            given.Flag("--json")
        );
        given.End("--world, --mib, --transport, --wire, --rounds, --warm-up, --hosts, --interleaved, --lanes and --json");
        return arguments.Hosts > 1 && arguments.Transport is not ("shm" or "rings")
                ? throw new BadWordsException("--hosts is for --transport shm and rings: memory within a host, and TCP between hosts.")
            : arguments.Hosts == 1 && arguments.Interleaved ? throw new BadWordsException("--interleaved is for --hosts of 2 and more.")
            : arguments;
    }
}
