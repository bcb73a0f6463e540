namespace Orchestrator.Collectives.Nccl;

/// <summary>ncclUniqueId of nccl.h: opaque bytes, which NCCL's functions take by value.</summary>
internal unsafe struct NcclUniqueId
{
    public const int Size = 128;

    public fixed byte Internal[Size];
}
