using Orchestrator.Cli.Studies.Statistics;
using Xunit;

namespace Orchestrator.Cli.Tests.Studies;

/// <summary>Values of published tables and of hand arithmetic.</summary>
public sealed class StatisticsTests
{
    [Fact]
    public void Spread_has_the_divisor_n_minus_1()
    {
        Assert.Equal(new Spread(5, Math.Sqrt(32.0 / 7)), Spread.Of([2, 4, 4, 4, 5, 5, 7, 9]));
        Assert.Equal(new Spread(3, null), Spread.Of([3]));
    }

    /// <summary>Student's sleep data (1908), the extra sleep of ten patients: t = −4.0621 on 9 degrees, p = 0.002833.</summary>
    [Fact]
    public void Paired_t_test_of_the_sleep_data()
    {
        double[] first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
        double[] second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
        var test = PairedTest.Of([.. first.Zip(second, (a, b) => a - b)]);
        Assert.Equal(10, test.Pairs);
        Assert.Equal(-1.58, test.Difference!.Value, 10);
        Assert.Equal(0.00283289, test.T!.Value, 8);
        // All nine that differ say the same: 2 / 2^9.
        Assert.Equal(2 / 512.0, test.Sign!.Value, 12);
    }

    /// <summary>On 2 degrees the distribution is known: F(−t) = ½ − t / (2·√(2 + t²)).</summary>
    [Fact]
    public void Paired_t_test_of_three_pairs()
    {
        var test = PairedTest.Of([1, 2, 6]);
        var t = 3 / (Math.Sqrt(7) / Math.Sqrt(3));
        Assert.Equal(1 - (t / Math.Sqrt(2 + (t * t))), test.T!.Value, 10);
        Assert.Equal(0.25, test.Sign!.Value, 12);
    }

    [Fact]
    public void Fewer_than_three_pairs_give_no_p_value()
    {
        Assert.Equal(new PairedTest(2, 1.5, null, null), PairedTest.Of([1, 2]));
        Assert.Equal(new PairedTest(0, null, null, null), PairedTest.Of([]));
    }

    [Fact]
    public void Pairs_without_a_spread_are_alike_or_differ_for_sure()
    {
        Assert.Equal(new PairedTest(3, 0, 1, null), PairedTest.Of([0, 0, 0]));
        var alike = PairedTest.Of([2, 2, 2]);
        Assert.Equal(2.0, alike.Difference);
        Assert.Null(alike.T);
        Assert.Equal(0.25, alike.Sign!.Value, 12);
    }

    /// <summary>Three of ten: 2 · (1 + 10 + 45 + 120) / 1024.</summary>
    [Fact]
    public void Sign_test_is_exact() => Assert.Equal(352 / 1024.0, PairedTest.Of([1, 1, 1, -1, -1, -1, -1, -1, -1, -1]).Sign!.Value, 12);

    [Fact]
    public void Ties_share_the_mean_of_their_places_and_what_is_not_there_has_none() =>
        Assert.Equal([2.5, 1, null, 2.5, 4], Ranking.Of([0.5, 0.9, null, 0.5, 0.1]));
}
