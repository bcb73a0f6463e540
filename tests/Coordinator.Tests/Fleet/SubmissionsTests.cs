using Orchestrator.Coordinator.Fleet;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Fleet;

public sealed class SubmissionsTests
{
    private readonly Submissions<string> submissions = new();

    private static RunSubmitted Run(string run, string? key, string sha256 = "sha") =>
        new(run, "{}", [1], key, sha256, DateTimeOffset.UnixEpoch);

    [Fact]
    public void A_key_stands_for_the_run_that_it_was_first_given_for()
    {
        submissions.Add(Run("r-1", "key"));
        submissions.Add(Run("r-2", "key", "other"));
        submissions.Add(Run("r-3", null));
        Assert.Equal(("r-1", "sha"), submissions.Find("key"));
        Assert.Null(submissions.Find("another"));
        Assert.Null(submissions.Find(null));
    }

    [Fact]
    public void Whoever_asks_before_the_journal_has_the_run_is_answered_then_in_order()
    {
        submissions.Await("r-1", "first", "created");
        submissions.Await("r-1", "second", "the same");
        Assert.True(submissions.IsUnderWay("r-1"));
        Assert.Equal([("first", "created"), ("second", "the same")], submissions.Written("r-1"));
        Assert.False(submissions.IsUnderWay("r-1"));
        Assert.Empty(submissions.Written("r-1"));
    }
}
