using MessagePack;

namespace Orchestrator.Shared.Protocol;

// Between coordinators: who leads, and where clients are to go.

/// <summary>A coordinator asks the head, wherever that is, each second.</summary>
[MessagePackObject]
public sealed record HeadAsked : IControlMessage;

/// <summary>The head's answer.</summary>
/// <param name="HttpUrl">Where its API and page are served.</param>
/// <param name="Epoch">The head's: the higher one leads.</param>
[MessagePackObject]
public sealed record HeadTold([property: Key(0)] string HttpUrl, [property: Key(1)] long Epoch) : IControlMessage;
