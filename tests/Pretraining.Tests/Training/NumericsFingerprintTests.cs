using Orchestrator.Pretraining.Training;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Training;

public sealed class NumericsFingerprintTests
{
    [Fact]
    public void Fingerprint_of_a_machine_is_always_the_same()
    {
        var first = NumericsFingerprint.Compute();
        Assert.Matches("^[0-9a-f]{16}$", first);
        var computed = new string[3];
        // Beside other work, as preflight is.
        Parallel.For(0, computed.Length, i => computed[i] = NumericsFingerprint.Compute());
        Assert.All(computed, other => Assert.Equal(first, other));
    }
}
