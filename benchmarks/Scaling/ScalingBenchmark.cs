using System.Text.Json;

namespace Orchestrator.Benchmarks.Scaling;

/// <summary>
/// How a step's time grows with the ranks: all-reduces between up to 16 real processes of this machine, a model of their costs fitted to some of them and checked
/// against the others, and what it says of up to 1,024 ranks on networks that are not here.
/// </summary>
internal static class ScalingBenchmark
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web);

    /// <summary>Prints tables, or one JSON document; what it is doing goes to standard error.</summary>
    /// <exception cref="BadWordsException">An argument, or the file of measurements, is not what it must be.</exception>
    public static int Run(string[] words)
    {
        var arguments = ScalingArguments.Parse(words);
        try
        {
            Print(arguments);
            return 0;
        }
        catch (TimeoutException late)
        {
            Console.Error.WriteLine($"scaling: {late.Message} The machine may be too busy for it.");
            return 1;
        }
    }

    private static void Print(ScalingArguments arguments)
    {
        var machine = arguments.Measured is { } path ? Read(path) : MeasuredMachine.Now(Console.Error.WriteLine);
        var model = new ScalingModel(machine, arguments);
        Console.WriteLine(
            arguments.Json
                ? JsonSerializer.Serialize(ScalingDocument.Of(machine, model, arguments), Format)
                : ScalingReport.Of(machine, model, arguments)
        );
    }

    private static MeasuredMachine Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            var machine = JsonSerializer.Deserialize<Kept>(stream, Format)?.Machine;
            return machine is { Measurements: { } all } && Measurement.AreComplete(all)
                ? machine
                : throw new BadWordsException(
                    $"--measured is '{path}', which lacks measurements; what 'scaling --json' of this version printed was expected."
                );
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new BadWordsException($"--measured is '{path}', which cannot be read: {failure.Message}");
        }
    }

    private sealed record Kept(MeasuredMachine? Machine);
}
