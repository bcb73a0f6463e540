using System.Reflection;

namespace Orchestrator.Shared.Protocol;

/// <summary>The version that a program says it has: coordinator and workers of a run have the same.</summary>
public static class ProgramVersion
{
    /// <summary>As it was built, such as <c>0.1.0</c>: without what stands after a plus, which names a commit.</summary>
    public static string Of(Assembly assembly) =>
        Plain(assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "");

    /// <summary>Without what stands after a plus.</summary>
    public static string Plain(string version) => version.Split('+')[0];
}
