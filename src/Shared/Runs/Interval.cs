using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.Shared.Runs;

/// <summary>Two numbers, written <c>[low, high]</c>: a range to draw from, or a start and an end.</summary>
[JsonConverter(typeof(IntervalJsonConverter))]
public readonly record struct Interval(double Low, double High)
{
    /// <summary>Both ends the same.</summary>
    public static Interval At(double value) => new(value, value);
}

internal sealed class IntervalJsonConverter : JsonConverter<Interval>
{
    public override Interval Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var pair = JsonSerializer.Deserialize<double[]>(ref reader, options);
        return pair is { Length: 2 } ? new Interval(pair[0], pair[1]) : throw new JsonException("An interval is a pair of numbers.");
    }

    public override void Write(Utf8JsonWriter writer, Interval value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        writer.WriteNumberValue(value.Low);
        writer.WriteNumberValue(value.High);
        writer.WriteEndArray();
    }
}
