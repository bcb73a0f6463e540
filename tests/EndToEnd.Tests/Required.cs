using Xunit;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>What this machine has to have for a test: skipped with its name where it is missing, and failed under <c>REQUIRE_SERVICES=1</c>.</summary>
internal static class Required
{
    public static void Missing(string what)
    {
        Assert.False(Environment.GetEnvironmentVariable("REQUIRE_SERVICES") == "1", what);
        Assert.Skip(what);
    }

    /// <summary>Tests of faults that take minutes in all: the default suite leaves them out, <c>.ci/run</c> does not.</summary>
    public static void Patience() =>
        Assert.SkipUnless(
            Environment.GetEnvironmentVariable("REQUIRE_SERVICES") == "1",
            "takes its time: runs under REQUIRE_SERVICES=1, as .ci/run sets it"
        );

    /// <param name="package">Debian's, which has it.</param>
    public static void Program(string name, string package)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (!folders.Any(folder => File.Exists(Path.Combine(folder, name))))
        {
            Missing($"{name} is missing: install Debian's {package}");
        }
    }
}
