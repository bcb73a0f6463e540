using System.Runtime.InteropServices;

namespace Orchestrator.Collectives.Nccl;

/// <summary>
/// ncclConfig_t as nccl.h of NCCL 2.18.1 has it (there called ncclConfig_v21700): 48 bytes. Later versions have added fields behind it, which they take as
/// unset where size and version say that the caller knew nothing of them (parseCommConfig in their init.cc; looked up as far as 2.30).
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NcclConfig
{
    private const uint ApiMagic = 0xCAFEBEEF;
    private const int Unset = int.MinValue;

    public nuint Size;
    public uint Magic;
    public uint Version;
    public int Blocking;
    public int CgaClusterSize;
    public int MinCtas;
    public int MaxCtas;
    public nint NetName;
    public int SplitShare;

    /// <summary>NCCL_CONFIG_INITIALIZER, with <c>blocking = 0</c>: no call waits for a peer, so that any may be given up.</summary>
    public static NcclConfig NonBlocking =>
        new()
        {
            Size = (nuint)sizeof(NcclConfig),
            Magic = ApiMagic,
            Version = NcclLibrary.LeastVersionCode,
            Blocking = 0,
            CgaClusterSize = Unset,
            MinCtas = Unset,
            MaxCtas = Unset,
            NetName = 0,
            SplitShare = Unset,
        };
}
