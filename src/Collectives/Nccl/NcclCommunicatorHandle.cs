using Microsoft.Win32.SafeHandles;

namespace Orchestrator.Collectives.Nccl;

/// <summary>Owns an ncclComm_t: freed once, also where nobody disposes it. It is aborted unless it was said to be at rest, for destroying one at work waits for peers.</summary>
internal sealed class NcclCommunicatorHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    private readonly NcclLibrary library;

    public NcclCommunicatorHandle(NcclLibrary library, nint communicator)
        : base(ownsHandle: true)
    {
        this.library = library;
        SetHandle(communicator);
    }

    /// <summary>Whether nothing is on its way, so that ncclCommDestroy frees it.</summary>
    public bool AtRest { get; set; }

    /// <summary>The ncclComm_t; for the owner, who has seen to it that nobody frees it meanwhile.</summary>
    public nint Communicator => handle;

    protected override bool ReleaseHandle() =>
        (AtRest ? library.Destroy(handle) : library.Abort(handle)) is NcclResult.Success or NcclResult.InProgress;
}
