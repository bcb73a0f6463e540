using System.Runtime.InteropServices;
using Orchestrator.Collectives.Devices;

namespace Orchestrator.Collectives.Nccl;

/// <summary>
/// NCCL's C functions. Names, signatures and numbers are those of nccl.h of NCCL 2.18.1; none of what is used here has changed as far as 2.31, the newest
/// header that was looked at. The functions are called by their addresses, not by an attribute: which file has them is the caller's choice, at run time.
/// </summary>
public sealed unsafe class NcclLibrary
{
    /// <summary>What NCCL's packages install.</summary>
    public const string DefaultFile = "libnccl.so.2";

    /// <summary>Length of what the ranks of a communicator must all know.</summary>
    public const int UniqueIdBytes = NcclUniqueId.Size;

    /// <summary>NCCL_VERSION_CODE of 2.18.1: communicators that do not block, and that can be aborted while they begin, are sound from there on.</summary>
    internal const uint LeastVersionCode = 21801;

    // ncclFloat32 of ncclDataType_t.
    private const int Float32 = 7;

    private readonly NativeFile file;
    private readonly delegate* unmanaged[Cdecl]<NcclUniqueId*, NcclResult> getUniqueId;
    private readonly delegate* unmanaged[Cdecl]<nint*, int, NcclUniqueId, int, NcclConfig*, NcclResult> commInitRankConfig;
    private readonly delegate* unmanaged[Cdecl]<nint, NcclResult*, NcclResult> commGetAsyncError;
    private readonly delegate* unmanaged[Cdecl]<nint, NcclResult> commAbort;
    private readonly delegate* unmanaged[Cdecl]<nint, NcclResult> commDestroy;
    private readonly delegate* unmanaged[Cdecl]<NcclResult> groupStart;
    private readonly delegate* unmanaged[Cdecl]<NcclResult> groupEnd;
    private readonly delegate* unmanaged[Cdecl]<nint, nuint, int, int, nint, nint, NcclResult> send;
    private readonly delegate* unmanaged[Cdecl]<nint, nuint, int, int, nint, nint, NcclResult> receive;
    private readonly delegate* unmanaged[Cdecl]<NcclResult, nint> getErrorString;
    private readonly delegate* unmanaged[Cdecl]<nint, nint> getLastError;

    private NcclLibrary(NativeFile file)
    {
        this.file = file;
        getErrorString = (delegate* unmanaged[Cdecl]<NcclResult, nint>)file.Function("ncclGetErrorString");
        getLastError = (delegate* unmanaged[Cdecl]<nint, nint>)file.Function("ncclGetLastError");
        VersionCode = ReadVersion(file);
        getUniqueId = (delegate* unmanaged[Cdecl]<NcclUniqueId*, NcclResult>)file.Function("ncclGetUniqueId");
        commInitRankConfig = (delegate* unmanaged[Cdecl]<nint*, int, NcclUniqueId, int, NcclConfig*, NcclResult>)
            file.Function("ncclCommInitRankConfig");
        commGetAsyncError = (delegate* unmanaged[Cdecl]<nint, NcclResult*, NcclResult>)file.Function("ncclCommGetAsyncError");
        commAbort = (delegate* unmanaged[Cdecl]<nint, NcclResult>)file.Function("ncclCommAbort");
        commDestroy = (delegate* unmanaged[Cdecl]<nint, NcclResult>)file.Function("ncclCommDestroy");
        groupStart = (delegate* unmanaged[Cdecl]<NcclResult>)file.Function("ncclGroupStart");
        groupEnd = (delegate* unmanaged[Cdecl]<NcclResult>)file.Function("ncclGroupEnd");
        send = (delegate* unmanaged[Cdecl]<nint, nuint, int, int, nint, nint, NcclResult>)file.Function("ncclSend");
        receive = (delegate* unmanaged[Cdecl]<nint, nuint, int, int, nint, nint, NcclResult>)file.Function("ncclRecv");
    }

    /// <summary>The file, as it was asked for.</summary>
    public string Name => file.Name;

    /// <summary>Its version; all ranks of a communicator must have the same.</summary>
    public Version Version => VersionOf(VersionCode);

    /// <summary>NCCL_VERSION_CODE of the file.</summary>
    internal int VersionCode { get; }

    /// <param name="name">Its path, or a name that the system's loader knows.</param>
    /// <exception cref="CollectiveException">It is not there, lacks a function, or is older than 2.18.1.</exception>
    public static NcclLibrary Load(string name = DefaultFile) => new(NativeFile.Load(name, "NCCL"));

    /// <summary>The id of a communicator to be: made by one rank, given to all. The process that made it must live until all have joined.</summary>
    /// <exception cref="NativeCallException">NCCL finds no network, for instance.</exception>
    public byte[] NewUniqueId()
    {
        NcclUniqueId id;
        Check(getUniqueId(&id), "ncclGetUniqueId");
        return new ReadOnlySpan<byte>(id.Internal, UniqueIdBytes).ToArray();
    }

    /// <summary>What a NCCL_VERSION_CODE says: from 2.9 on 10000 stands for the major version, before that 1000.</summary>
    internal static Version VersionOf(int code) =>
        code < 10_000 ? new Version(code / 1000, code / 100 % 10, code % 100) : new Version(code / 10_000, code / 100 % 100, code % 100);

    /// <summary>Begins to join a communicator on the calling thread's device; <see cref="AsyncError"/> says when it is done.</summary>
    internal nint BeginInit(int world, ReadOnlySpan<byte> uniqueId, int rank)
    {
        NcclUniqueId id;
        uniqueId.CopyTo(new Span<byte>(id.Internal, UniqueIdBytes));
        NcclConfig config = NcclConfig.NonBlocking;
        nint communicator = 0;
        NcclResult result = commInitRankConfig(&communicator, world, id, rank, &config);
        if (result is NcclResult.Success or NcclResult.InProgress)
        {
            return communicator;
        }

        NativeCallException failure = Failure(result, "ncclCommInitRankConfig");
        if (communicator != 0)
        {
            _ = Abort(communicator);
        }

        throw failure;
    }

    /// <summary>InProgress, Success, or how what was begun failed.</summary>
    internal NcclResult AsyncError(nint communicator)
    {
        NcclResult state;
        Check(commGetAsyncError(communicator, &state), "ncclCommGetAsyncError");
        return state;
    }

    /// <summary>Ends whatever a communicator does, and frees it.</summary>
    internal NcclResult Abort(nint communicator) => commAbort(communicator);

    /// <summary>Frees a communicator that has nothing to do any more.</summary>
    internal NcclResult Destroy(nint communicator) => commDestroy(communicator);

    internal void GroupStart() => Check(groupStart(), "ncclGroupStart");

    /// <summary>Hands what was said since GroupStart over; done when <see cref="AsyncError"/> says so.</summary>
    internal void GroupEnd() => Check(groupEnd(), "ncclGroupEnd");

    /// <summary>Ends a group one of whose transfers was refused: the calling thread would stay in it. NCCL says again what it has refused.</summary>
    internal void LeaveGroup() => _ = groupEnd();

    internal void Send(DeviceBuffer from, int peer, nint communicator, nint stream) =>
        Check(send(from.Address, (nuint)from.Length, Float32, peer, communicator, stream), "ncclSend");

    internal void Receive(DeviceBuffer into, int peer, nint communicator, nint stream) =>
        Check(receive(into.Address, (nuint)into.Length, Float32, peer, communicator, stream), "ncclRecv");

    internal NativeCallException Failure(NcclResult result, string call)
    {
        string? detail = Marshal.PtrToStringUTF8(getLastError(0));
        return new NativeCallException(
            file.Name,
            call,
            (int)result,
            Marshal.PtrToStringUTF8(getErrorString(result)) ?? "an error that it has no words for",
            detail?.Trim() ?? ""
        );
    }

    private void Check(NcclResult result, string call)
    {
        if (result is not (NcclResult.Success or NcclResult.InProgress))
        {
            throw Failure(result, call);
        }
    }

    private int ReadVersion(NativeFile nccl)
    {
        int code;
        Check(((delegate* unmanaged[Cdecl]<int*, NcclResult>)nccl.Function("ncclGetVersion"))(&code), "ncclGetVersion");
        return code >= LeastVersionCode
            ? code
            : throw new CollectiveException(
                $"{nccl.Name} is NCCL {VersionOf(code)}; {VersionOf((int)LeastVersionCode)} or newer is needed."
            );
    }
}
