using Orchestrator.Shared.Api;
using Orchestrator.Shared.Protocol;
using Xunit;

namespace Orchestrator.Shared.Tests.Api;

public sealed class LossDigestTests
{
    [Fact]
    public void Every_not_a_number_is_the_same_and_no_other_value()
    {
        var machines = BitConverter.Int64BitsToDouble(0x7FF8_0000_0000_0001);
        Assert.Equal(Of(double.NaN), Of(machines));
        Assert.NotEqual(Of(double.NaN), Of(double.PositiveInfinity));
        Assert.NotEqual(Of(double.NegativeInfinity), Of(double.PositiveInfinity));
    }

    private static string Of(double loss)
    {
        using var digest = new LossDigest();
        digest.Add(0, [new LossTerm("loss", loss)]);
        return digest.Hex();
    }
}
