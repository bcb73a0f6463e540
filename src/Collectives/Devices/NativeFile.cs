using System.Runtime.InteropServices;

namespace Orchestrator.Collectives.Devices;

/// <summary>
/// A shared library that is looked for when it is first needed, by a name or path that a caller chooses, so that a machine without GPUs never loads one.
/// It stays loaded: its own threads may outlive whoever asked for it.
/// </summary>
internal sealed class NativeFile
{
    private readonly nint handle;

    private NativeFile(string name, nint handle)
    {
        Name = name;
        this.handle = handle;
    }

    /// <summary>As it was asked for.</summary>
    public string Name { get; }

    /// <param name="name">A file's path, or a name that the system's loader knows.</param>
    /// <param name="purpose">What it would give, for the message.</param>
    /// <exception cref="CollectiveException">It is not there, or cannot be loaded.</exception>
    public static NativeFile Load(string name, string purpose)
    {
        try
        {
            return new NativeFile(name, NativeLibrary.Load(name));
        }
        catch (Exception missing) when (missing is DllNotFoundException or BadImageFormatException)
        {
            throw new CollectiveException(
                $"{purpose} needs {name}, which cannot be loaded: {missing.Message.ReplaceLineEndings(" ")}",
                missing
            );
        }
    }

    /// <summary>The address of one of its functions.</summary>
    /// <exception cref="CollectiveException">It has none of this name.</exception>
    public nint Function(string function) =>
        NativeLibrary.TryGetExport(handle, function, out nint address)
            ? address
            : throw new CollectiveException($"{Name} has no function {function}: it is another library, or too old.");
}
