namespace Orchestrator.Pretraining.Data.Index;

/// <summary>One sample of a tar file.</summary>
/// <param name="Name">The member's name.</param>
/// <param name="Offset">Where its bytes begin in the tar file.</param>
/// <param name="Length">In bytes.</param>
/// <param name="Class">Text of the .cls member with the same key; null: there is none.</param>
internal sealed record TarMember(string Name, long Offset, long Length, string? Class);
