using System.Globalization;

namespace Orchestrator.Benchmarks.AllReduce;

/// <summary>What is to be measured: <c>--world N --mib M --transport memory|shm|tcp [--rounds R] [--json]</c>.</summary>
/// <param name="World">Ranks, 1 to 64.</param>
/// <param name="Mib">Size of the payload in MiB of float32; may be a fraction.</param>
/// <param name="Transport">memory: threads of this process; shm and tcp: processes of this machine.</param>
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

    /// <exception cref="FormatException">An argument is unknown, missing or out of its range.</exception>
    public static AllReduceArguments Parse(IReadOnlyList<string> words)
    {
        var world = 2;
        var mib = 16.0;
        var transport = "tcp";
        int? rounds = null;
        var json = false;
        for (var i = 0; i < words.Count; i++)
        {
            string Value() => i + 1 < words.Count ? words[++i] : throw new FormatException($"{words[i]} needs a value.");
            switch (words[i])
            {
                case "--world":
                    world = Whole("--world", Value(), 1, MostWorld);
                    break;
                case "--mib":
                    var given = Value();
                    mib =
                        double.TryParse(given, CultureInfo.InvariantCulture, out var size) && size > 0 && size <= MostMib
                            ? size
                            : throw new FormatException($"--mib is '{given}'; a number above 0 and up to {MostMib} was expected.");
                    break;
                case "--transport":
                    transport = Value();
                    break;
                case "--rounds":
                    rounds = Whole("--rounds", Value(), 1, 100_000);
                    break;
                case "--json":
                    json = true;
                    break;
                default:
                    throw new FormatException($"'{words[i]}' is unknown; --world, --mib, --transport, --rounds and --json were expected.");
            }
        }

        return transport is "memory" or "shm" or "tcp"
            ? new AllReduceArguments(world, mib, transport, rounds ?? (int)Math.Clamp(2048 / mib, 51, 501), json)
            : throw new FormatException($"--transport is '{transport}'; memory, shm or tcp was expected.");
    }

    private static int Whole(string name, string given, int least, int most) =>
        int.TryParse(given, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw new FormatException($"{name} is '{given}'; a whole number from {least} to {most} was expected.");
}
