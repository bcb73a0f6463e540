using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Orchestrator.Coordinator.Access;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Access;

public sealed class AuditTests(GuardedCoordinator guarded) : IClassFixture<GuardedCoordinator>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private async Task<IReadOnlyList<AuditEntryView>> EntriesAsync() =>
        (await guarded.Coordinator.GetAsync<AuditView>("/api/v1/audit")).Entries;

    [Fact]
    public async Task What_changes_something_is_logged_with_who_from_where_and_how_it_went()
    {
        using var ada = await guarded.ClientAsync(TokenScope.Researcher, "ada-of-the-log");
        var run = await GuardedCoordinator.SubmitAsync(ada);
        await ada.PostAsync($"{run.Location}/cancel?why=secret-query", null, Cancellation);
        await ada.PostAsync("/api/v1/workers/nobody/release", null, Cancellation);
        await ada.GetAsync("/api/v1/runs", Cancellation);
        var mine = (await EntriesAsync()).Where(e => e.User == "ada-of-the-log").ToList();
        Assert.Equal(
            [
                ("POST", "/api/v1/runs", run.Id, 201),
                ("POST", $"{run.Location}/cancel", null, 202),
                ("POST", "/api/v1/workers/nobody/release", null, 403),
            ],
            mine.Select(e => (e.Method, e.Target, e.Subject, e.Status))
        );
        Assert.All(mine, e => Assert.Equal("127.0.0.1", e.Address));
        Assert.Equal(mine.Select(e => e.Sequence).Order(), mine.Select(e => e.Sequence));
        Assert.Single(mine.Select(e => e.Token).Distinct());
        var made = Assert.Single(await EntriesAsync(), e => e.Subject == mine[0].Token);
        Assert.Equal(("bootstrap", "/api/v1/tokens", 201), (made.User, made.Target, made.Status));
    }

    [Fact]
    public async Task Every_verb_is_logged_by_its_own_address()
    {
        using var ada = await guarded.ClientAsync(TokenScope.Researcher, "ada-of-the-verbs");
        var run = await GuardedCoordinator.SubmitAsync(ada);
        await ada.PatchAsync(run.Location, new StringContent("""{"note":"a note"}"""), Cancellation);
        string[] verbs = ["pause", "resume", "kill", "retry", "cancel"];
        foreach (var verb in verbs)
        {
            await ada.PostAsync($"{run.Location}/{verb}", null, Cancellation);
        }

        var answer = await ada.PostAsync($"{run.Location}/clone", null, Cancellation);
        var clone = (await answer.Content.ReadFromJsonAsync<SubmittedView>(RunSpecJson.Options, Cancellation))!;
        Assert.Equal(
            [
                ("POST", "/api/v1/runs", run.Id, 201),
                ("PATCH", run.Location, null, 200),
                .. verbs.Select(verb => ("POST", $"{run.Location}/{verb}", (string?)null, 202)),
                ("POST", $"{run.Location}/clone", clone.Id, 201),
            ],
            (await EntriesAsync()).Where(e => e.User == "ada-of-the-verbs").Select(e => (e.Method, e.Target, e.Subject, e.Status))
        );
        // Who asked stands in the run's history as well.
        var history = await guarded.Coordinator.GetAsync<RunEventsView>($"{run.Location}/history");
        Assert.Contains(history.Events, e => e.Text == "resumed by ada-of-the-verbs");
    }

    [Fact]
    public async Task No_token_query_or_body_is_stored()
    {
        var created = await guarded.TokenAsync(TokenScope.Researcher, "eve");
        using var eve = guarded.Coordinator.Client(created.Secret);
        await GuardedCoordinator.SubmitAsync(eve, "# a-comment-of-the-body\n");
        await eve.PostAsync("/api/v1/runs?access_token=in-a-query", GuardedCoordinator.Spec(), Cancellation);
        var secret = created.Secret[^43..];
        var audit = JsonSerializer.Serialize(await EntriesAsync(), RunSpecJson.Options);
        Assert.Contains(created.Token.Id, audit, StringComparison.Ordinal);
        // Nor is it in a file of the state folder, whatever is in there: the log and the tokens, the journal, the rows.
        var stored = Directory
            .EnumerateFiles(guarded.Coordinator.Options.State, "*", SearchOption.AllDirectories)
            .Select(path =>
            {
                using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                using var reader = new StreamReader(file, System.Text.Encoding.Latin1);
                return reader.ReadToEnd();
            })
            .Append(audit)
            .ToList();
        Assert.Contains(stored, text => text.Contains(created.Token.Id, StringComparison.Ordinal));
        foreach (var forbidden in (string[])[secret, GuardedCoordinator.Bootstrap, "in-a-query", "a-comment-of-the-body"])
        {
            Assert.DoesNotContain(stored, text => text.Contains(forbidden, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task The_log_is_read_page_by_page()
    {
        for (var i = 0; i < 3; i++)
        {
            await guarded.TokenAsync(TokenScope.Viewer);
        }

        var all = await EntriesAsync();
        var paged = new List<AuditEntryView>();
        for (long? from = 1; from is not null; )
        {
            var page = await guarded.Coordinator.GetAsync<AuditView>($"/api/v1/audit?from={from}&limit=2");
            paged.AddRange(page.Entries);
            from = page.Next;
        }

        Assert.Equal(all, paged);
        Assert.Equal(
            HttpStatusCode.BadRequest,
            (await guarded.Coordinator.Http.GetAsync("/api/v1/audit?limit=1001", Cancellation)).StatusCode
        );
    }

    [Fact]
    public void A_target_is_one_line_of_bounded_length()
    {
        Assert.Equal("/a??b", AuditMiddleware.Plain("/a\r\nb"));
        Assert.Equal(301, AuditMiddleware.Plain(new string('x', 10_000)).Length);
    }
}
