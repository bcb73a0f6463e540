using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.Shared.Methods;

internal sealed class FillKindsJsonConverter : JsonConverter<FillKinds>
{
    public override FillKinds Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.StartArray
            ? new FillKinds(JsonSerializer.Deserialize<FillKind[]>(ref reader, options)!)
            : JsonSerializer.Deserialize<FillKind>(ref reader, options);

    public override void Write(Utf8JsonWriter writer, FillKinds value, JsonSerializerOptions options)
    {
        if (value.Kinds is [var only])
        {
            JsonSerializer.Serialize(writer, only, options);
        }
        else
        {
            JsonSerializer.Serialize(writer, value.Kinds, options);
        }
    }
}
