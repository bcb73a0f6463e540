using Orchestrator.Coordinator.Storage;
using Orchestrator.Coordinator.Tests.Runs;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Protocol;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Storage;

/// <summary>What holds of rows of steps whatever they stand in.</summary>
public abstract class StepRowStoreTests
{
    /// <summary>Opens the store of this test: each time the same one.</summary>
    protected abstract StepRowStore Open();

    [Fact]
    public async Task Rows_stand_without_a_gap_and_what_comes_after_one_is_asked_for_again()
    {
        using var store = Open();
        var first = await store.AppendAsync("r", [RunHarness.Row(0), RunHarness.Row(1), RunHarness.Row(3)]);
        Assert.Equal((2, 2), (first.Progress.Next, first.Stored));
        var second = await store.AppendAsync("r", [RunHarness.Row(1), RunHarness.Row(2), RunHarness.Row(3)]);
        Assert.Equal((4, 2, 0), (second.Progress.Next, second.Stored, second.Conflicts.Count));
        Assert.True(second.Progress.Number > first.Progress.Number);
        Assert.Equal([1, 2], store.Read("r", 1, 2).Select(r => r.Step));
    }

    [Fact]
    public async Task A_row_that_comes_again_with_other_bits_is_a_conflict_and_the_first_stands()
    {
        using var store = Open();
        await store.AppendAsync("r", [RunHarness.Row(0, generation: 1, loss: 1)]);
        var again = await store.AppendAsync("r", [RunHarness.Row(0, generation: 2, loss: Math.BitIncrement(1d))]);
        var conflict = Assert.Single(again.Conflicts);
        Assert.Equal((0, 1, 2), (conflict.Step, conflict.StoredGeneration, conflict.Generation));
        Assert.Equal(1, Assert.Single(store.Read("r", 0, 10)).Losses[0].Value);
    }

    [Fact]
    public async Task Rows_that_are_ruled_out_go_and_those_computed_again_take_their_places()
    {
        using var store = Open();
        await store.AppendAsync("r", [.. Enumerable.Range(0, 6).Select(step => RunHarness.Row(step, generation: 1 + (step / 3)))]);
        await store.AppendAsync("s", [RunHarness.Row(0), RunHarness.Row(1)]);
        var left = await store.ForgetAsync("r", from: 2, generation: 2);
        Assert.Equal(2, left.Progress.Next);
        StepRow[] again = [.. Enumerable.Range(2, 3).Select(step => RunHarness.Row(step, generation: 3, loss: 2))];
        var stored = await store.AppendAsync("r", again);
        Assert.Equal((5, 3, 0), (stored.Progress.Next, stored.Stored, stored.Conflicts.Count));
        var clean = await store.AppendAsync("clean", [RunHarness.Row(0), RunHarness.Row(1), .. again]);
        Assert.Equal(clean.Progress.LossesSha256, stored.Progress.LossesSha256);
        // What a coordinator repeats after a restart leaves what came since.
        Assert.Equal(5, (await store.ForgetAsync("r", from: 2, generation: 2)).Progress.Next);
        Assert.Equal(2, (await store.LoadAsync("s")).Progress.Next);
    }

    [Fact]
    public async Task Other_times_of_the_same_losses_are_no_conflict()
    {
        using var store = Open();
        await store.AppendAsync("r", [RunHarness.Row(0)]);
        Assert.Empty((await store.AppendAsync("r", [RunHarness.Row(0, generation: 2) with { Seconds = 9 }])).Conflicts);
    }

    [Fact]
    public async Task What_was_acknowledged_is_there_after_opening_again_with_the_same_digest()
    {
        var rows = Enumerable.Range(0, 120).Select(i => RunHarness.Row(i, loss: 1.0 / (i + 1))).ToArray();
        string digest;
        using (var store = Open())
        {
            await store.AppendAsync("other", [RunHarness.Row(0)]);
            digest = (await store.AppendAsync("r", rows)).Progress.LossesSha256;
        }

        using var expected = new LossDigest();
        foreach (var row in rows)
        {
            expected.Add(row.Step, row.Losses);
        }

        using var again = Open();
        var loaded = (await again.LoadAsync("r")).Progress;
        Assert.Equal(
            (120, expected.Hex(), digest, 1d, 119),
            (loaded.Next, loaded.LossesSha256, loaded.LossesSha256, loaded.FirstLoss!.Value, loaded.Last!.Step)
        );
    }

    [Fact]
    public async Task The_head_of_the_chain_of_digests_is_the_same_after_opening_again_and_another_after_any_other_digest()
    {
        var rows = Enumerable.Range(0, 20).Select(i => Audited(i, i % 5 == 0 ? $"w{i}" : null)).ToArray();
        string? head;
        using (var store = Open())
        {
            head = (await store.AppendAsync("r", rows[..12])).Progress.AuditSha256;
            Assert.NotEqual(head, (await store.AppendAsync("r", rows[12..])).Progress.AuditSha256);
            Assert.Equal(head, (await store.AppendAsync("prefix", rows[..12])).Progress.AuditSha256);
            rows[3] = Audited(3, "w");
            Assert.NotEqual(head, (await store.AppendAsync("changed", rows[..12])).Progress.AuditSha256);
        }

        using var again = Open();
        Assert.Equal(head, (await again.LoadAsync("prefix")).Progress.AuditSha256);
        Assert.Null((await again.LoadAsync("empty")).Progress.AuditSha256);
        Assert.Null((await again.AppendAsync("prefix", [RunHarness.Row(12)])).Progress.AuditSha256);
    }

    [Fact]
    public async Task A_row_that_comes_again_with_another_digest_is_a_conflict_and_one_without_a_digest_is_none()
    {
        using var store = Open();
        await store.AppendAsync("r", [Audited(0, "w")]);
        Assert.Empty((await store.AppendAsync("r", [RunHarness.Row(0), Audited(0, null)])).Conflicts);
        Assert.Single((await store.AppendAsync("r", [Audited(0, "other")])).Conflicts);
    }

    private static StepRow Audited(long step, string? weights) =>
        RunHarness.Row(step) with
        {
            Audit = new AuditRow($"s{step}", weights is null ? null : "g", weights),
        };

    [Fact]
    public async Task A_step_that_was_not_applied_is_told_once_and_stands_with_its_bits()
    {
        using (var store = Open())
        {
            var appended = await store.AppendAsync("r", [RunHarness.Refused(0), RunHarness.Row(1, loss: 2), RunHarness.Refused(2)]);
            Assert.Equal([RunHarness.Refused(0).NonFinite!.Tell(0), RunHarness.Refused(2).NonFinite!.Tell(2)], appended.NonFinite);
            Assert.Equal((2d, 2d), (appended.Progress.FirstLoss!.Value, appended.Progress.LastLoss!.Value));
            var again = await store.AppendAsync("r", [RunHarness.Refused(0)]);
            Assert.Empty(again.NonFinite);
            Assert.Empty(again.Conflicts);
        }

        using var opened = Open();
        Assert.Empty((await opened.LoadAsync("r")).NonFinite);
        Assert.Equivalent(RunHarness.Refused(2), opened.Read("r", 2, 1)[0], strict: true);
    }

    [Fact]
    public async Task Of_many_steps_that_were_not_applied_the_first_hundred_are_told()
    {
        using var store = Open();
        var appended = await store.AppendAsync("r", [.. Enumerable.Range(0, 150).Select(i => RunHarness.Refused(i))]);
        Assert.Equal(100, appended.NonFinite.Count);
        Assert.EndsWith("; further steps like it are told in their rows only", appended.NonFinite[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Callers_side_by_side_lose_nothing()
    {
        using var store = Open();
        await Task.WhenAll(
            Enumerable.Range(0, 20).Select(run => store.AppendAsync($"r{run}", [.. Enumerable.Range(0, 30).Select(i => RunHarness.Row(i))]))
        );
        foreach (var run in Enumerable.Range(0, 20))
        {
            Assert.Equal(30, (await store.LoadAsync($"r{run}")).Progress.Next);
        }
    }

    [Fact]
    public async Task Two_coordinators_write_a_row_once_and_both_go_on_from_it()
    {
        using var first = Open();
        using var second = Open();
        await first.AppendAsync("r", [RunHarness.Row(0), RunHarness.Row(1)]);
        Assert.Equal((4, 2), Count(await second.AppendAsync("r", [RunHarness.Row(2), RunHarness.Row(3)])));
        // The first one still thinks that row 2 comes next.
        var late = await first.AppendAsync("r", [RunHarness.Row(2, generation: 7), RunHarness.Row(3, loss: 9), RunHarness.Row(4)]);
        Assert.Equal((5, 1), Count(late));
        Assert.Equal(3, Assert.Single(late.Conflicts).Step);
        Assert.Equal([0, 1, 2, 3, 4], second.Read("r", 0, 10).Select(r => r.Step));
        Assert.Equal(late.Progress.LossesSha256, (await second.LoadAsync("r")).Progress.LossesSha256);
    }

    [Fact]
    public async Task What_another_coordinator_has_written_since_is_loaded()
    {
        using var first = Open();
        using var second = Open();
        await first.AppendAsync("r", [RunHarness.Row(0)]);
        var written = await second.AppendAsync("r", [RunHarness.Row(1), RunHarness.Row(2)]);
        var loaded = await first.LoadAsync("r");
        Assert.Equal((3, 0), Count(loaded));
        Assert.Equal(written.Progress.LossesSha256, loaded.Progress.LossesSha256);
    }

    private static (long Next, int Stored) Count(RowsAppended appended) => (appended.Progress.Next, appended.Stored);
}

/// <summary>Rows of one coordinator, in its state folder.</summary>
public sealed class SqliteRowStoreTests : StepRowStoreTests, IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    protected override StepRowStore Open() => new(new SqliteRowDatabase(folder.In("rows.db")));
}
