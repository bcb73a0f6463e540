using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Cli.Tests.Tokens;

public sealed class TokenCommandTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static TokenView Token(string id, DateTimeOffset? expires = null, DateTimeOffset? revoked = null) =>
        new(id, "laptop", "ada", TokenScope.Researcher, ["vision"], At, "bootstrap", expires, revoked, null);

    [Fact]
    public async Task Create_prints_the_secret_alone_on_standard_output()
    {
        await using var fake = (await FakeCoordinator.StartAsync()).On(
            "POST /api/v1/tokens",
            new TokenCreatedView("orch_secret", Token("aaaaaaaaaa")),
            201
        );
        var typed = await Typed.RunAsync(
            "token",
            "create",
            "laptop",
            "--user",
            "ada",
            "--project",
            "vision",
            "--project",
            "speech",
            "--expires",
            "2099-01-31",
            "--server",
            fake.Url
        );
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        Assert.Equal("orch_secret\n", typed.Out);
        Assert.Contains("revoke aaaaaaaaaa", typed.Error, StringComparison.Ordinal);
        var asked = JsonSerializer.Deserialize<TokenRequest>(fake.Bodies("POST /api/v1/tokens").Single(), RunSpecJson.Options)!;
        Assert.Equal(("laptop", "ada", TokenScope.Researcher), (asked.Name, asked.User, asked.Scope));
        Assert.Equal(["vision", "speech"], asked.Projects!);
        Assert.Equal(new DateTimeOffset(2099, 1, 31, 0, 0, 0, TimeSpan.Zero), asked.ExpiresAt);
    }

    [Theory]
    [InlineData("30")]
    [InlineData("d")]
    [InlineData("-3d")]
    [InlineData("soon")]
    public async Task Create_refuses_a_time_that_is_none(string expires)
    {
        var typed = await Typed.RunAsync("token", "create", "laptop", "--user", "ada", $"--expires={expires}");
        Assert.Equal(ExitCode.BadInput, typed.Code);
        Assert.Contains("must be like 12h, 30d or 2027-01-31", typed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_tells_which_tokens_count()
    {
        await using var fake = (await FakeCoordinator.StartAsync()).On(
            "GET /api/v1/tokens",
            new TokenListView([Token("aaaaaaaaaa"), Token("bbbbbbbbbb", expires: At), Token("cccccccccc", revoked: At)])
        );
        var typed = await Typed.RunAsync("token", "list", "--server", fake.Url);
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        Assert.Equal(
            ["good", "expired", "revoked"],
            typed.Lines.Skip(1).Select(l => l.Split("  ", StringSplitOptions.RemoveEmptyEntries)[5].Trim())
        );
    }

    [Fact]
    public async Task Revoke_names_the_token()
    {
        await using var fake = (await FakeCoordinator.StartAsync()).On(
            "DELETE /api/v1/tokens/aaaaaaaaaa",
            Token("aaaaaaaaaa", revoked: At)
        );
        var typed = await Typed.RunAsync("token", "revoke", "aaaaaaaaaa", "--server", fake.Url);
        Assert.Equal("aaaaaaaaaa (laptop, ada) is revoked\n", typed.Out);
    }

    [Fact]
    public async Task The_token_of_a_file_is_sent_with_every_request_and_where_a_stand_by_leads()
    {
        var seen = new List<string>();
        await using var active = (await FakeCoordinator.StartAsync()).On(
            "GET /api/v1/tokens",
            context =>
            {
                seen.Add(context.Request.Headers.Authorization.ToString());
                return context.Response.WriteAsJsonAsync(new TokenListView([]), RunSpecJson.Options);
            }
        );
        await using var standby = (await FakeCoordinator.StartAsync()).On(
            "GET /api/v1/tokens",
            context =>
            {
                seen.Add(context.Request.Headers.Authorization.ToString());
                context.Response.StatusCode = StatusCodes.Status307TemporaryRedirect;
                context.Response.Headers.Location = $"{active.Url}/api/v1/tokens";
                return Task.CompletedTask;
            }
        );
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "token");
        await File.WriteAllTextAsync(file, "orch_secret\n", TestContext.Current.CancellationToken);
        Only(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var typed = await Typed.RunAsync("token", "list", "--server", standby.Url, "--token-file", file);
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        Assert.Equal(["Bearer orch_secret", "Bearer orch_secret"], seen);
    }

    [Theory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.GroupRead, "orch_secret", "others may read")]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.OtherRead, "orch_secret", "others may read")]
    [InlineData(UnixFileMode.UserRead, "", "is empty")]
    public async Task A_token_file_that_others_may_read_or_that_holds_none_is_refused(UnixFileMode mode, string text, string says)
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "token");
        await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
        Only(file, mode);
        var typed = await Typed.RunAsync("list", "--token-file", file);
        Assert.Equal(ExitCode.BadInput, typed.Code);
        Assert.Contains(says, typed.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("orch_secret", typed.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, "ORCHESTRATOR_TOKEN")]
    [InlineData(403, "orchestrator token create")]
    public async Task Who_is_not_let_in_is_told_what_to_do(int status, string says)
    {
        await using var fake = (await FakeCoordinator.StartAsync()).On(
            "GET /api/v1/runs",
            new
            {
                title = "No",
                detail = "why",
                status,
            },
            status,
            "application/problem+json"
        );
        var typed = await Typed.RunAsync("list", "--server", fake.Url);
        Assert.Equal(ExitCode.BadInput, typed.Code);
        Assert.Contains("why", typed.Error, StringComparison.Ordinal);
        Assert.Contains(says, typed.Error, StringComparison.Ordinal);
        Assert.Single(fake.Requests);
    }

    private static void Only(string file, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, mode);
        }
    }
}
