namespace Orchestrator.Benchmarks.Scaling;

/// <summary>
/// What is to be assumed: <c>[--step-ms 100] [--wire fp32|bf16] [--parameters 85.8] [--latency-us 25] [--cores 8] [--threads 1] [--bucket-mib 25] [--measured FILE] [--json]</c>.
/// </summary>
/// <param name="StepMs">A rank's step alone, in milliseconds.</param>
/// <param name="Wire">Numbers on the wire: fp32, as the code sends them, or bf16.</param>
/// <param name="Parameters">Millions of elements of the gradient.</param>
/// <param name="LatencyUs">Microseconds from a small frame's being sent on one host until a process of another goes on.</param>
/// <param name="Cores">Of a host, for each of its ranks.</param>
/// <param name="Threads">Of a rank's exchange: its lanes.</param>
/// <param name="BucketMib">MiB of a bucket where the exchange overlaps.</param>
/// <param name="Measured">What an earlier <c>--json</c> printed: its measurements are taken, and none are made.</param>
internal sealed record ScalingArguments(
    double StepMs,
    string Wire,
    double Parameters,
    double LatencyUs,
    int Cores,
    int Threads,
    int BucketMib,
    string? Measured,
    bool Json
)
{
    // A ViT-B/16 without a head: 12 blocks of 7,087,872, patches 590,592, positions and class token 152,064, the last norm 1,536.
    private const double VitBase = 85.798656;

    // An array's and a frame's lengths are 32 bits.
    private const double MostParameters = 500;

    /// <summary>Elements of the gradient.</summary>
    public int Length => Math.Max(1, (int)Math.Round(Parameters * 1e6));

    /// <summary>Bytes of a number on the wire.</summary>
    public int ElementBytes => Wire == "bf16" ? 2 : 4;

    /// <exception cref="BadWordsException">An argument is unknown, or its value is not what it must be.</exception>
    public static ScalingArguments Parse(IReadOnlyList<string> words)
    {
        var given = new BenchmarkWords(words, "--json");
        var arguments = new ScalingArguments(
            given.Number("--step-ms", 1e6) ?? 100,
            given.Choice("--wire", "fp32", "bf16"),
            given.Number("--parameters", MostParameters) ?? VitBase,
            given.Number("--latency-us", 1e6) ?? 25,
            given.Whole("--cores", 1, 1024) ?? 8,
            given.Whole("--threads", 1, 1024) ?? 1,
            given.Whole("--bucket-mib", 1, 1024) ?? 25,
            given.Text("--measured"),
            given.Flag("--json")
        );
        given.End("--step-ms, --wire, --parameters, --latency-us, --cores, --threads, --bucket-mib, --measured and --json");
        return arguments;
    }
}
