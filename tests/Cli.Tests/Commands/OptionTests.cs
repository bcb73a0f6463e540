using Xunit;

namespace Orchestrator.Cli.Tests.Commands;

public sealed class OptionTests
{
    [Theory]
    [InlineData("--server foo: must be an http", "list", "--server", "foo")]
    [InlineData("--server ftp://a/: must be an http", "workers", "--server", "ftp://a/")]
    [InlineData("Unknown command 'bogus'", "bogus")]
    [InlineData("Unknown option 'bogus'", "list", "--bogus")]
    [InlineData("--limit 0: must be 1 to 1000", "list", "--limit", "0")]
    [InlineData("--workers 0: must be 1 or more", "demo", "--workers", "0")]
    [InlineData("--steps 0: must be 1 or more", "demo", "--steps", "0")]
    [InlineData("--steps x: must be a whole number", "demo", "--steps", "x")]
    [InlineData("--seed -1: must be a whole number", "demo", "--seed", "-1")]
    [InlineData("--kill-at -1: steps count from 0", "demo", "--kill-at", "-1")]
    [InlineData("cannot read the spec no-such-file.yaml", "validate", "no-such-file.yaml")]
    [InlineData("cannot read the spec no-such-file.yaml", "submit", "no-such-file.yaml")]
    public async Task Bad_arguments_end_with_2_and_name_what_is_wrong(string says, params string[] args)
    {
        var typed = await Typed.RunAsync(args);
        Assert.True(typed.Code == ExitCode.BadInput, typed.ToString());
        Assert.Contains(says, typed.Error, StringComparison.Ordinal);
        Assert.Contains("next: ", typed.Error, StringComparison.Ordinal);
        Assert.Empty(typed.Out);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("--version")]
    [InlineData("demo", "--help")]
    public async Task Help_and_version_end_with_0(params string[] args)
    {
        var typed = await Typed.RunAsync(args);
        Assert.True(typed.Code == ExitCode.Ok && typed.Out.Length > 0, typed.ToString());
    }
}
