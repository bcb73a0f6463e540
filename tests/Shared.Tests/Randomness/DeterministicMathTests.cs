using Orchestrator.Shared.Randomness;
using Xunit;

namespace Orchestrator.Shared.Tests.Randomness;

public sealed class DeterministicMathTests
{
    [Theory]
    [InlineData(-700)]
    [InlineData(-20.25)]
    [InlineData(-0.34657)]
    [InlineData(0)]
    [InlineData(1e-9)]
    [InlineData(0.2876820724517809)]
    [InlineData(1)]
    [InlineData(709.0 - 9)]
    public void Exp_agrees_with_the_host_to_a_few_units(double x) =>
        Assert.InRange(DeterministicMath.Exp(x) / Math.Exp(x), 1 - 1e-15, 1 + 1e-15);

    [Theory]
    [InlineData(1e-300)]
    [InlineData(0.75)]
    [InlineData(1.0000001)]
    [InlineData(4.0 / 3)]
    [InlineData(1e300)]
    public void Log_and_exp_undo_each_other(double x) =>
        Assert.InRange(DeterministicMath.Exp(DeterministicMath.Log(x)) / x, 1 - 3e-13, 1 + 3e-13);

    [Fact]
    public void Exp_and_log_at_their_fixed_points_are_exact()
    {
        Assert.Equal(1, DeterministicMath.Exp(0));
        Assert.Equal(0, DeterministicMath.Log(1));
        Assert.Equal(Math.E, DeterministicMath.Exp(1), 1e-15);
    }

    [Theory]
    [InlineData(701)]
    [InlineData(-701)]
    [InlineData(double.NaN)]
    public void Exp_outside_its_range_is_refused(double x) => Assert.Throws<ArgumentOutOfRangeException>(() => DeterministicMath.Exp(x));
}
