using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Xunit;

namespace Orchestrator.Cli.Tests.Certs;

public sealed class CertsCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Authority => Path.Combine(folder.Path, "certs");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Issued_certificate_is_for_client_and_server_and_signed_by_the_authority()
    {
        await InitAsync();
        var typed = await Typed.RunAsync("certs", "issue", Authority, "--name", "w1", "--dns", "w1.example,w1", "--ip", "10.0.0.5,::1");
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        using var authority = X509CertificateLoader.LoadCertificateFromFile(File("ca.crt"));
        using var certificate = X509Certificate2.CreateFromPemFile(File("w1.crt"), File("w1.key"));
        Assert.Equal("CN=w1", certificate.Subject);
        foreach (var use in (string[])["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"])
        {
            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.Add(authority);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            chain.ChainPolicy.ApplicationPolicy.Add(new(use));
            Assert.True(chain.Build(certificate), string.Join(", ", chain.ChainStatus.Select(status => status.Status)));
        }

        Assert.InRange(
            certificate.NotAfter.ToUniversalTime() - TimeProvider.System.GetUtcNow().UtcDateTime,
            TimeSpan.FromDays(89.9),
            TimeSpan.FromDays(90)
        );
        Assert.Equal(authority.NotBefore.AddYears(5), authority.NotAfter.AddMinutes(-5), TimeSpan.FromDays(2));
    }

    [Fact]
    public async Task Openssl_verifies_the_chain_for_both_uses_and_the_names()
    {
        Assert.SkipUnless(IsThere("openssl"), "openssl is missing");
        await InitAsync();
        Assert.Equal(
            ExitCode.Ok,
            (await Typed.RunAsync("certs", "issue", Authority, "--name", "w1", "--dns", "w1.example", "--ip", "10.0.0.5")).Code
        );
        foreach (var purpose in (string[])["sslserver", "sslclient"])
        {
            Assert.EndsWith(
                "w1.crt: OK",
                await RunAsync("openssl", "verify", "-x509_strict", "-purpose", purpose, "-CAfile", File("ca.crt"), File("w1.crt")),
                StringComparison.Ordinal
            );
        }

        Assert.Contains(
            "OK",
            await RunAsync("openssl", "verify", "-verify_hostname", "w1.example", "-CAfile", File("ca.crt"), File("w1.crt")),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "OK",
            await RunAsync("openssl", "verify", "-verify_ip", "10.0.0.5", "-CAfile", File("ca.crt"), File("w1.crt")),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "Key is valid",
            await RunAsync("openssl", "pkey", "-noout", "-check", "-in", File("w1.key")),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Keys_are_their_owners_only()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "file modes");
        await InitAsync();
        await Typed.RunAsync("certs", "issue", Authority, "--name", "w1");
        Assert.All(
            (string[])["ca.key", "w1.key"],
            name => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, ModeOf(File(name)))
        );
        Assert.True(ModeOf(File("ca.crt")).HasFlag(UnixFileMode.OtherRead) || ModeOf(File("ca.crt")).HasFlag(UnixFileMode.UserRead));
    }

    [Theory]
    [InlineData("ca.crt", "init")]
    [InlineData("ca.key", "init")]
    [InlineData("w1.crt", "issue")]
    [InlineData("w1.key", "issue")]
    public async Task Nothing_is_overwritten(string there, string verb)
    {
        if (verb == "issue")
        {
            await InitAsync();
        }

        Directory.CreateDirectory(Authority);
        await System.IO.File.WriteAllTextAsync(File(there), "precious", TestContext.Current.CancellationToken);
        var before = Directory.GetFiles(Authority).Order().ToArray();
        var typed =
            verb == "init"
                ? await Typed.RunAsync("certs", "init", Authority)
                : await Typed.RunAsync("certs", "issue", Authority, "--name", "w1");
        Assert.Equal(ExitCode.BadInput, typed.Code);
        Assert.Contains($"{there} is there already", typed.Error, StringComparison.Ordinal);
        Assert.Equal("precious", await System.IO.File.ReadAllTextAsync(File(there), TestContext.Current.CancellationToken));
        Assert.Equal(before, Directory.GetFiles(Authority).Order());
    }

    [Theory]
    [InlineData("--name is missing")]
    [InlineData("--name ca:", "--name", "ca")]
    [InlineData("--name ../w1:", "--name", "../w1")]
    [InlineData("--dns a b:", "--name", "w1", "--dns", "w1,a b")]
    [InlineData("--ip 10.0.0.500:", "--name", "w1", "--ip", "10.0.0.5,10.0.0.500")]
    [InlineData("--days 0:", "--name", "w1", "--days", "0")]
    [InlineData("--days 3000: the authority does not count so long", "--name", "w1", "--days", "3000")]
    public async Task Bad_option_is_named_and_nothing_is_made(string problem, params string[] options)
    {
        await InitAsync();
        var typed = await Typed.RunAsync(["certs", "issue", Authority, .. options]);
        Assert.Equal(ExitCode.BadInput, typed.Code);
        Assert.Contains(problem, typed.Error, StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(Authority).Length);
    }

    [Fact]
    public async Task Issue_without_an_authority_or_with_another_ones_key_is_refused()
    {
        var none = await Typed.RunAsync("certs", "issue", Authority, "--name", "w1");
        Assert.Equal(ExitCode.BadInput, none.Code);
        Assert.Contains($"orchestrator certs init {Authority}", none.Error, StringComparison.Ordinal);

        await InitAsync();
        var other = Path.Combine(folder.Path, "other");
        await Typed.RunAsync("certs", "init", other);
        System.IO.File.Copy(Path.Combine(other, "ca.key"), File("ca.key"), overwrite: true);
        var mixed = await Typed.RunAsync("certs", "issue", Authority, "--name", "w1");
        Assert.Equal(ExitCode.BadInput, mixed.Code);
        Assert.Contains("cannot be used", mixed.Error, StringComparison.Ordinal);

        // A certificate that signs nothing.
        await Typed.RunAsync("certs", "issue", other, "--name", "w1");
        System.IO.File.Copy(Path.Combine(other, "w1.crt"), File("ca.crt"), overwrite: true);
        System.IO.File.Copy(Path.Combine(other, "w1.key"), File("ca.key"), overwrite: true);
        Assert.Contains(
            "is no authority",
            (await Typed.RunAsync("certs", "issue", Authority, "--name", "w2")).Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Show_tells_whose_it_is_who_signed_it_and_until_when()
    {
        await InitAsync();
        await Typed.RunAsync("certs", "issue", Authority, "--name", "w1", "--dns", "w1.example", "--ip", "10.0.0.5");
        var typed = await Typed.RunAsync("certs", "show", File("w1.crt"));
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        Assert.Contains("CN=w1", typed.Lines[1], StringComparison.Ordinal);
        Assert.Contains("CN=orchestrator development CA", typed.Lines[1], StringComparison.Ordinal);
        Assert.Contains("w1.example,10.0.0.5", typed.Lines[1], StringComparison.Ordinal);
        Assert.Contains("good", typed.Lines[1], StringComparison.Ordinal);

        var json = JsonDocument.Parse((await Typed.RunAsync("certs", "show", File("ca.crt"), "--json")).Out).RootElement[0];
        Assert.True(json.GetProperty("authority").GetBoolean());
        Assert.Equal(64, json.GetProperty("sha256").GetString()!.Length);
    }

    [Theory]
    [InlineData("ca.key", "has no certificate")]
    [InlineData("nothing.crt", "cannot be read")]
    public async Task Show_of_something_else_says_so(string name, string problem)
    {
        await InitAsync();
        var typed = await Typed.RunAsync("certs", "show", File(name));
        Assert.Equal(ExitCode.BadInput, typed.Code);
        Assert.Contains(problem, typed.Error, StringComparison.Ordinal);
    }

    private static UnixFileMode ModeOf(string file) => OperatingSystem.IsWindows() ? default : System.IO.File.GetUnixFileMode(file);

    private static bool IsThere(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Any(folder => System.IO.File.Exists(Path.Combine(folder, program)));

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (output + await error).Trim();
    }

    private string File(string name) => Path.Combine(Authority, name);

    private async Task InitAsync()
    {
        var typed = await Typed.RunAsync("certs", "init", Authority);
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
    }
}
