using Orchestrator.Shared.Certificates;
using Orchestrator.Tests.Servers;
using Xunit;

namespace Orchestrator.Shared.Tests.Certificates;

public sealed class MutualTlsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("mutual-tls-").FullName;
    private readonly TestAuthority authority = new("our CA");
    private readonly TestAuthority stranger = new("strange CA");

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public void Dispose()
    {
        authority.Dispose();
        stranger.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Files_that_fit_are_read_and_none_means_no_tls()
    {
        var (certificate, key, ca) = authority.Write(folder, "w1");
        var problems = new List<string>();
        var files = MutualTlsFiles.Read(certificate, key, ca, Now, problems);
        Assert.Empty(problems);
        Assert.Equal("CN=w1", files!.Load(Now).Certificate.Subject);
        Assert.Null(MutualTlsFiles.Read(null, "", null, Now, problems));
        Assert.Empty(problems);
    }

    [Theory]
    [InlineData(true, false, false, "Network:CertificateKey", "Network:Authority")]
    [InlineData(false, true, true, "Network:Certificate")]
    [InlineData(true, true, false, "Network:Authority")]
    public void All_three_settings_or_none(bool certificate, bool key, bool ca, params string[] missing)
    {
        var problems = new List<string>();
        Assert.Null(MutualTlsFiles.Read(certificate ? "c" : null, key ? "k" : null, ca ? "a" : null, Now, problems));
        Assert.Equal(missing, problems.Select(problem => problem[..problem.IndexOf(": ", StringComparison.Ordinal)]));
        Assert.All(problems, problem => Assert.Contains("is missing", problem, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("no certificate file", "Network:Certificate: ", "none.crt")]
    [InlineData("no key file", "Network:CertificateKey: ", "none.key")]
    [InlineData("no authority file", "Network:Authority: ", "none.ca")]
    [InlineData("a key for a certificate", "Network:Certificate: ", "has no certificate in PEM")]
    [InlineData("a certificate for a key", "Network:CertificateKey: ", "is not the private key")]
    [InlineData("another one's key", "Network:CertificateKey: ", "is not the private key, in PEM and without a password, of CN=w1")]
    [InlineData("a member for an authority", "Network:Authority: ", "CN=w1 is no authority")]
    [InlineData("expired", "Network:Certificate: ", "CN=late counts from")]
    [InlineData(
        "another authority",
        "Network:Certificate: ",
        "the certificate CN=w1, signed by CN=our CA, is not of the authority CN=strange CA"
    )]
    public void What_cannot_be_used_is_named_by_setting_and_file(string what, string setting, string problem)
    {
        var (certificate, key, ca) = authority.Write(folder, "w1");
        var other = stranger.Write(folder, "w2");
        var late = authority.Write(folder, "late", hours: -1);
        string None(string name) => Path.Combine(folder, name);
        (certificate, key, ca) = what switch
        {
            "no certificate file" => (None("none.crt"), key, ca),
            "no key file" => (certificate, None("none.key"), ca),
            "no authority file" => (certificate, key, None("none.ca")),
            "a key for a certificate" => (key, key, ca),
            "a certificate for a key" => (certificate, certificate, ca),
            "another one's key" => (certificate, other.Key, ca),
            "a member for an authority" => (certificate, key, certificate),
            "expired" => late,
            _ => (certificate, key, other.Authority),
        };
        var problems = new List<string>();
        Assert.Null(MutualTlsFiles.Read(certificate, key, ca, Now, problems));
        var told = Assert.Single(problems);
        Assert.StartsWith(setting, told, StringComparison.Ordinal);
        Assert.Contains(problem, told, StringComparison.Ordinal);
        Assert.Contains(folder, told, StringComparison.Ordinal);
    }

    [Fact]
    public void Peers_are_judged_by_the_authority_alone()
    {
        var (certificate, key, ca) = authority.Write(folder, "w1");
        var identity = new MutualTlsFiles(certificate, key, ca).Load(Now);
        Assert.Null(identity.Problem(authority.Issue("w2")));
        Assert.Equal("no certificate is shown", identity.Problem(null));
        Assert.Contains("is not of the authority CN=our CA", identity.Problem(stranger.Issue("w3")), StringComparison.Ordinal);
        Assert.Contains("does not count now", identity.Problem(authority.Issue("w4", hours: -1)), StringComparison.Ordinal);
        // The same name is not the same authority.
        using var impostor = new TestAuthority("our CA");
        Assert.Contains("is not of the authority", identity.Problem(impostor.Issue("w5")), StringComparison.Ordinal);
    }

    [Fact]
    public void Renewed_files_are_seen_after_a_while_and_bad_ones_leave_the_last_good_one()
    {
        var time = new HandTime();
        var reports = new List<(string Text, bool Good)>();
        var (certificate, key, ca) = authority.Write(folder, "w1");
        var source = new MutualTlsSource(new MutualTlsFiles(certificate, key, ca), time, (text, good) => reports.Add((text, good)));
        var first = source.Current();
        authority.Write(folder, "w1");
        Assert.Same(first, source.Current());
        time.Pass(MutualTlsSource.Interval);
        var second = source.Current();
        Assert.NotEqual(first.Certificate.Thumbprint, second.Certificate.Thumbprint);
        Assert.Equal([true, true], reports.Select(report => report.Good));

        File.WriteAllText(key, "half a key");
        for (var look = 0; look < 3; look++)
        {
            time.Pass(MutualTlsSource.Interval);
            Assert.Same(second, source.Current());
        }

        Assert.False(Assert.Single(reports, report => !report.Good).Good);
        authority.Write(folder, "w1");
        time.Pass(MutualTlsSource.Interval);
        Assert.NotSame(second, source.Current());
    }

    [Fact]
    public void A_refusal_is_told_once_in_a_while_and_never_floods()
    {
        var time = new HandTime();
        var notes = new RefusalNotes(time);
        Assert.True(notes.IsDue("a"));
        Assert.False(notes.IsDue("a"));
        Assert.True(notes.IsDue("b"));
        Assert.True(notes.IsDue("no TLS [[::ffff:10.0.0.1]:4053->[::ffff:10.0.0.2]:51234](Id=2236fc45)"));
        Assert.False(notes.IsDue("no TLS [[::ffff:10.0.0.1]:4053->[::ffff:10.0.0.2]:80](Id=ab)"));
        Assert.True(notes.IsDue("no TLS [[::ffff:10.0.0.1]:4053->[::ffff:172.0.0.2]:51234](Id=2236fc45)"));
        time.Pass(RefusalNotes.Interval);
        Assert.True(notes.IsDue("a"));
        Assert.InRange(Enumerable.Range(0, 10_000).Count(i => notes.IsDue($"peer {i}")), 1, 256);
        time.Pass(RefusalNotes.Interval);
        Assert.True(notes.IsDue("c"));
    }

    private sealed class HandTime : TimeProvider
    {
        private TimeSpan passed;

        public void Pass(TimeSpan span) => passed += span;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => passed.Ticks;
    }
}
