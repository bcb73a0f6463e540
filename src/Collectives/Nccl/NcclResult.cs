namespace Orchestrator.Collectives.Nccl;

/// <summary>ncclResult_t of nccl.h, in its numbers.</summary>
internal enum NcclResult
{
    Success = 0,
    UnhandledCudaError = 1,
    SystemError = 2,
    InternalError = 3,
    InvalidArgument = 4,
    InvalidUsage = 5,

    /// <summary>A peer has ended, or the network to it is broken.</summary>
    RemoteError = 6,

    /// <summary>What was asked of a communicator that does not block is not done yet.</summary>
    InProgress = 7,
}
