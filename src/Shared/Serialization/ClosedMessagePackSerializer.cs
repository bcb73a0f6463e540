using System.Collections.Frozen;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using MessagePack;

namespace Orchestrator.Shared.Serialization;

/// <summary>
/// An Akka serializer that knows a closed set of types by short manifests. Whatever else arrives is refused before anything is instantiated;
/// the association lives on and the message is lost, which level-triggered protocols repair.
/// </summary>
public abstract class ClosedMessagePackSerializer : SerializerWithStringManifest
{
    /// <summary>Bounds on nesting and hashing: what arrives is not trusted.</summary>
    public static readonly MessagePackSerializerOptions Options = MessagePackSerializerOptions.Standard.WithSecurity(
        MessagePackSecurity.UntrustedData
    );

    private readonly FrozenDictionary<string, Type> types;
    private readonly FrozenDictionary<Type, string> manifests;

    protected ClosedMessagePackSerializer(ExtendedActorSystem system, IReadOnlyDictionary<string, Type> types)
        : base(system)
    {
        this.types = types.ToFrozenDictionary(StringComparer.Ordinal);
        manifests = types.ToFrozenDictionary(pair => pair.Value, pair => pair.Key);
    }

    public override string Manifest(object o) =>
        manifests.TryGetValue(o.GetType(), out var manifest)
            ? manifest
            : throw new SerializationException($"{o.GetType()} is not a message of this protocol.");

    public override byte[] ToBinary(object obj) => MessagePackSerializer.Serialize(Known(Manifest(obj)), obj, Options);

    public override object FromBinary(byte[] bytes, string manifest)
    {
        var type = Known(manifest);
        try
        {
            return MessagePackSerializer.Deserialize(type, bytes, Options)
                ?? throw new SerializationException($"A message with manifest {manifest} is empty.");
        }
        catch (Exception e) when (e is MessagePackSerializationException or ArgumentOutOfRangeException or EndOfStreamException)
        {
            throw new SerializationException(
                $"A message with manifest {manifest} ({bytes.Length} bytes) cannot be read: {(e.InnerException ?? e).Message}",
                e
            );
        }
    }

    private Type Known(string manifest) =>
        types.TryGetValue(manifest, out var type) ? type : throw new SerializationException($"unknown manifest {manifest}");
}
