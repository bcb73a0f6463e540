namespace Orchestrator.Pretraining.Methods.Distillation;

/// <summary>A shard's memory of both kinds of tokens; null for a kind that the method does not cluster.</summary>
public sealed record ShardTokens(TokenMemory? Class, TokenMemory? Patch);
