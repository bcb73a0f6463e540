using Orchestrator.Shared.Protocol;
using Xunit;

namespace Orchestrator.Shared.Tests.Protocol;

public sealed class ShardCheckTests
{
    [Fact]
    public void Every_rank_is_owner_in_turn_every_shard_of_it_too_and_another_rank_checks()
    {
        int[] counts = [3, 3, 2];
        var checks = Enumerable.Range(0, 3 * 6).Select(i => ShardCheck.Of(10L * i, 10, counts)!).ToArray();
        Assert.Equal([0, 1, 2, 0, 1, 2], checks.Take(6).Select(check => check.Owner));
        Assert.Equal(Enumerable.Range(0, 8), checks.Select(check => check.Shard).Distinct().Order());
        Assert.All(checks, check => Assert.NotEqual(check.Owner, check.Checker));
        Assert.All(
            checks,
            check =>
                Assert.Equal(
                    check.Owner,
                    check.Shard < 3 ? 0
                        : check.Shard < 6 ? 1
                        : 2
                )
        );
        Assert.Equal(6, checks.Select(check => (check.Owner, check.Checker)).Distinct().Count());
    }

    [Fact]
    public void There_is_none_between_alone_and_where_none_is_wanted()
    {
        Assert.Null(ShardCheck.Of(5, 10, [4, 4]));
        Assert.Null(ShardCheck.Of(10, 10, [8]));
        Assert.Null(ShardCheck.Of(10, 0, [4, 4]));
    }

    [Theory]
    [InlineData("0a 1a 2a", "", true)]
    [InlineData("0a 1b 2a", "1", true)]
    [InlineData("0a 1b 0a 1b 2a", "1", true)]
    [InlineData("0b 1a 0a 1a", "0", true)]
    [InlineData("0a 1b 0a 1b", "0 1", false)]
    [InlineData("0a 1b 2c", "0 1 2", false)]
    [InlineData("0a 1a 2b 3b", "0 1 2 3", false)]
    [InlineData("0a 1b 2b 3b 0a", "0", true)]
    public void Who_is_contradicted_by_most_is_wrong(string said, string accused, bool decided)
    {
        var (ranks, majority) = CorruptionVotes.Judge([.. said.Split(' ').Select(vote => (vote[0] - '0', vote[1..]))]);
        Assert.Equal((accused, decided), (string.Join(' ', ranks), majority));
    }
}
