using System.Runtime.InteropServices;
using Orchestrator.Collectives.Devices.Cuda;
using Orchestrator.Collectives.Nccl;
using Orchestrator.Collectives.Tests.Gangs;
using Xunit;

namespace Orchestrator.Collectives.Tests.Nccl;

/// <summary>Which file, which version.</summary>
public sealed class NcclLibraryTests
{
    [Fact]
    public void Library_that_is_missing_is_named()
    {
        var missing = Assert.Throws<CollectiveException>(() => NcclLibrary.Load("libnccl-of-nowhere.so.2"));
        Assert.Contains("NCCL needs libnccl-of-nowhere.so.2, which cannot be loaded", missing.Message, StringComparison.Ordinal);
        missing = Assert.Throws<CollectiveException>(() => CudaLibrary.Load("/nowhere/libcuda.so.1"));
        Assert.Contains("A CUDA device needs /nowhere/libcuda.so.1", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void File_that_is_no_library_is_named()
    {
        string file = Path.GetTempFileName();
        try
        {
            var bad = Assert.Throws<CollectiveException>(() => NcclLibrary.Load(file));
            Assert.Contains(file, bad.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Library_that_lacks_a_function_is_named_with_it()
    {
        var other = Assert.Throws<CollectiveException>(() => NcclLibrary.Load("libc.so.6"));
        Assert.Contains("libc.so.6 has no function ncclGetErrorString", other.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Version_is_read_and_one_that_is_too_old_is_refused()
    {
        Standin standin = Standin.Here;
        Assert.Equal(new Version(2, 23, 4), NcclLibrary.Load(standin.File).Version);
        standin.SetVersion(21703);
        try
        {
            var old = Assert.Throws<CollectiveException>(() => NcclLibrary.Load(standin.File));
            Assert.Contains("is NCCL 2.17.3; 2.18.1 or newer is needed", old.Message, StringComparison.Ordinal);
        }
        finally
        {
            standin.SetVersion(22304);
        }
    }

    [Theory]
    [InlineData(2708, "2.7.8")]
    [InlineData(20906, "2.9.6")]
    [InlineData(21801, "2.18.1")]
    [InlineData(23100, "2.31.0")]
    public void Version_code_is_read_as_the_header_writes_it(int code, string version) =>
        Assert.Equal(version, NcclLibrary.VersionOf(code).ToString());

    [Fact]
    public void Configuration_lies_in_memory_as_in_the_header()
    {
        // nccl.h of 2.18.1: size_t, two unsigned, four int, a pointer, an int.
        Assert.Equal(48, Marshal.SizeOf<NcclConfig>());
        Assert.Equal(16, Marshal.OffsetOf<NcclConfig>(nameof(NcclConfig.Blocking)));
        Assert.Equal(32, Marshal.OffsetOf<NcclConfig>(nameof(NcclConfig.NetName)));
        Assert.Equal(40, Marshal.OffsetOf<NcclConfig>(nameof(NcclConfig.SplitShare)));
        Assert.Equal(128, Marshal.SizeOf<NcclUniqueId>());
    }

    [Fact]
    public void Ranks_of_two_versions_are_all_refused_and_told_of_each_other()
    {
        string copy = Path.Combine(Path.GetTempPath(), $"libnccl-{Guid.NewGuid():N}.so");
        File.Copy(Standin.Here.File, copy);
        try
        {
            // A library's version is read once, when it is loaded; the copy is another library to the loader.
            new Standin(copy).SetVersion(22105);
            NcclLibrary[] libraries = [NcclLibrary.Load(Standin.Here.File), NcclLibrary.Load(copy)];
            using var device = new CudaDevice(CudaLibrary.Load(Standin.Here.File), 0);
            using var stream = device.CreateStream();
            using var gang = Gang.Of(Wire.Tcp, 2, Partition.Balanced(2, 2));
            Exception?[] failures = gang.Collect(group =>
                NcclGroup.Connect(group, libraries[group.Rank], stream, NcclGang.Ample, CancellationToken.None)
            );
            Assert.Contains(
                failures,
                failure => failure!.Message.Contains("(rank 1) has NCCL 2.21.5, this rank 2.23.4", StringComparison.Ordinal)
            );
            Assert.All(failures, failure => Assert.IsAssignableFrom<CollectiveException>(failure));
            Assert.All(gang.Groups, group => Assert.Throws<GenerationEndedException>(group.Barrier));
        }
        finally
        {
            File.Delete(copy);
        }
    }
}
