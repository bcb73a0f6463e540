using Orchestrator.Collectives.Transport.Tcp;

namespace Orchestrator.Collectives.Transport.Tls;

/// <summary>One side speaks TLS, the other does not: what the first bytes show, and what each is told.</summary>
internal static class TlsMismatch
{
    public const string OtherHasNone = "it speaks without TLS and this side with it: both have to have certificates, or neither";
    public const string OtherHasTls = "it speaks TLS and this side has no certificate: both have to have one, or neither";

    /// <summary>Of a TLS record, or of Hello: kind or magic, version, length.</summary>
    public const int Head = 5;

    private const byte Handshake = 22;
    private const byte FirstKind = 20;
    private const byte LastKind = 23;

    // Of every version since SSL 3.
    private const byte Version = 3;

    public static bool IsRecord(ReadOnlySpan<byte> head) => head[0] is >= FirstKind and <= LastKind && head[1] == Version;

    /// <summary>Whether a connection begins as TLS does.</summary>
    public static bool IsClientHello(ReadOnlySpan<byte> head) => head[0] == Handshake && head[1] == Version;

    public static bool IsHello(ReadOnlySpan<byte> head) => head[..(FrameCodec.Magic.Length - 1)].SequenceEqual(FrameCodec.Magic[..^1]);
}
