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

    [Theory]
    [InlineData(0, 1, 0)]
    [InlineData(0.25, 0, 1)]
    [InlineData(-0.25, 0, -1)]
    [InlineData(0.5, -1, 0)]
    [InlineData(0.75, 0, -1)]
    [InlineData(1024, 1, 0)]
    public void Cosine_and_sine_of_quarter_turns_are_exact(double turns, double cos, double sin) =>
        Assert.Equal((cos, sin), DeterministicMath.CosSin(turns));

    [Fact]
    public void Cosine_and_sine_agree_with_the_host()
    {
        for (var i = -500; i <= 500; i++)
        {
            var turns = i / 333.0;
            var (cos, sin) = DeterministicMath.CosSin(turns);
            // The host's angle is rounded to a double before its sine is taken: up to 2 · π · 1.5 · 1.1e-16 more.
            Assert.Equal(Math.Cos(2 * Math.PI * turns), cos, 2e-15);
            Assert.Equal(Math.Sin(2 * Math.PI * turns), sin, 2e-15);
        }
    }
}
