namespace Orchestrator.Collectives;

/// <summary>A rank of a group, in rank order.</summary>
/// <param name="Name">Unique name of the worker; at most 256 UTF-8 bytes.</param>
/// <param name="Host">Address or host name of its frame listener.</param>
/// <param name="Port">Port of its frame listener.</param>
/// <param name="Range">Its shards.</param>
public sealed record GroupMember(string Name, string Host, int Port, ShardRange Range);
