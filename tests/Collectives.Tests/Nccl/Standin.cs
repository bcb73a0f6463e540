using System.Diagnostics;
using System.Runtime.InteropServices;
using Orchestrator.EndToEnd.Tests;
using Xunit;

namespace Orchestrator.Collectives.Tests.Nccl;

/// <summary>
/// The stand-in for libcuda and libnccl, built from driver.c and nccl.c beside this file. A test that needs it is skipped where there is no compiler.
/// </summary>
internal sealed unsafe class Standin
{
    private const int CompileSeconds = 60;
    private static readonly Lazy<Standin> Built = new(() => new Standin(Build()));
    private readonly nint handle;

    public Standin(string file)
    {
        File = file;
        handle = NativeLibrary.Load(file);
    }

    public static Standin Here
    {
        get
        {
            Required.Program("gcc", "build-essential");
            return Built.Value;
        }
    }

    /// <summary>Where it lies.</summary>
    public string File { get; }

    /// <summary>Calls of ncclCommAbort in this process.</summary>
    public int Aborts => Read("standinAborts");

    /// <summary>Calls of ncclCommDestroy in this process.</summary>
    public int Destroys => Read("standinDestroys");

    /// <summary>Communicators that nobody has freed.</summary>
    public int Communicators => Read("standinCommunicators");

    /// <summary>Memory, streams, modules and contexts that nobody has freed.</summary>
    public int Held => Read("standinHeld");

    /// <summary>Whether communicators made from now on notice that a peer has aborted, as between machines; else as between GPUs of one.</summary>
    public void TellOfEnds(bool on) => Write("standinTellOfEnds", on ? 1 : 0);

    /// <summary>The next group of transfers fails with this result.</summary>
    public void FailNext(int result) => Write("standinFailNext", result);

    /// <summary>The next kernel is not launched, with this result.</summary>
    public void FailLaunch(int result) => Write("standinFailLaunch", result);

    public void SetVersion(int code) => Write("standinSetVersion", code);

    private int Read(string function) => ((delegate* unmanaged[Cdecl]<int>)NativeLibrary.GetExport(handle, function))();

    private void Write(string function, int value) =>
        ((delegate* unmanaged[Cdecl]<int, void>)NativeLibrary.GetExport(handle, function))(value);

    // Under another name first: another run of these tests may be reading the file.
    private static string Build()
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "Nccl");
        string file = Path.Combine(folder, "libstandin.so");
        string fresh = $"{file}.{Environment.ProcessId}";
        string[] sources = [Path.Combine(folder, "driver.c"), Path.Combine(folder, "nccl.c")];
        string[] options = ["-shared", "-fPIC", "-O2", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-pthread", "-fvisibility=hidden"];
        using Process compiler = Process.Start(
            new ProcessStartInfo("gcc", [.. options, .. sources, "-o", fresh]) { UseShellExecute = false, RedirectStandardError = true }
        )!;
        string said = compiler.StandardError.ReadToEnd();
        Assert.True(compiler.WaitForExit(TimeSpan.FromSeconds(CompileSeconds)), "gcc hangs");
        Assert.True(compiler.ExitCode == 0, said);
        System.IO.File.Move(fresh, file, overwrite: true);
        return file;
    }
}
