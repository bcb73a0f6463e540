using System.Net;
using Npgsql;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Shared.Certificates;

namespace Orchestrator.Coordinator.Settings;

/// <summary>Settings of the coordinator: appsettings.json, then environment (<c>ORCHESTRATOR_Http__Url</c>), then command line (<c>--Http:Url</c>). docs/settings.md has the table.</summary>
public sealed record CoordinatorOptions
{
    public HttpOptions Http { get; init; } = new();

    public AkkaOptions Akka { get; init; } = new();

    public NetworkOptions Network { get; init; } = new();

    /// <summary>Folder of the journal, the rows and the ports that were chosen. Default: <c>state</c>.</summary>
    public string State { get; init; } = "state";

    /// <summary>Root of checkpoints and artifacts, which all workers see under their own setting. Default: <c>storage</c> in the state folder.</summary>
    public string? Storage { get; init; }

    /// <summary>What workers have to prove that they know; required, here or in a file. At least 16 characters.</summary>
    public string? JoinToken { get; init; }

    public string? JoinTokenFile { get; init; }

    public JournalOptions Journal { get; init; } = new();

    public ParentOptions Parent { get; init; } = new();

    public RunTimers Timers { get; init; } = new();

    public SchedulingPolicy Scheduling { get; init; } = new();

    /// <summary>Whether other coordinators are to form one cluster with this one.</summary>
    public bool HasPeers => Akka.Seeds.Count > 1;

    public string StorageRoot => Path.GetFullPath(Storage is { Length: > 0 } ? Storage : Path.Combine(State, "storage"));

    /// <summary>The token, from wherever it is set; call after <see cref="Problems"/> found nothing.</summary>
    public string ReadJoinToken() => TokenFile.Read(JoinToken, JoinTokenFile)!;

    /// <summary>What is wrong with where the journal is.</summary>
    internal IReadOnlyList<string> JournalProblems()
    {
        var problems = new List<string>();
        AddStateProblems(problems);
        AddJournalProblems(problems);
        return problems;
    }

    /// <summary>Everything that is wrong, each with the setting's name.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        Http.AddProblems(problems, HasPeers);

        AddAkkaHostProblems(problems);
        if (Akka.Port is < 0 or > 65535)
        {
            problems.Add($"Akka:Port: {Akka.Port} – must be 0 (a free one, kept) to 65535");
        }

        foreach (
            var seed in Akka.Seeds.Where(seed =>
                !Uri.TryCreate(seed, UriKind.Absolute, out var uri)
                || !(uri.Scheme == "akka.tcp" || (Network.HasTls && uri.Scheme == "akka.ssl.tcp"))
            )
        )
        {
            problems.Add($"Akka:Seeds: {seed} – must be akka.tcp://run@HOST:PORT{(Network.HasTls ? ", or akka.ssl.tcp" : "")}");
        }

        AddStateProblems(problems);
        MutualTlsFiles.Read(Network.Certificate, Network.CertificateKey, Network.Authority, TimeProvider.System.GetUtcNow(), problems);
        AddTokenProblems(problems);
        AddJournalProblems(problems);
        problems.AddRange(Scheduling.Problems());
        foreach (
            var timer in typeof(RunTimers)
                .GetProperties()
                .Where(p => p.PropertyType == typeof(TimeSpan) && (TimeSpan)p.GetValue(Timers)! <= TimeSpan.Zero)
        )
        {
            problems.Add($"Timers:{timer.Name}: {timer.GetValue(Timers)} – must be longer than nothing");
        }

        return problems;
    }

    private void AddAkkaHostProblems(List<string> problems)
    {
        if (Akka.IsName ? Uri.CheckHostName(Akka.Host) != UriHostNameType.Dns : Akka.IsEverywhere)
        {
            problems.Add(
                $"Akka:Host: {Akka.Host} – must be an address or a name of this machine at which workers reach it, such as 127.0.0.1"
            );
        }
        else if (!Network.AllowPlaintext && !Network.HasTls && !Akka.IsLoopback)
        {
            problems.Add(
                $"Akka:Host: {Akka.Host} – must be a loopback address (127.0.0.1) without TLS: set Network:Certificate, Network:CertificateKey and Network:Authority ({NetworkOptions.OptIn})"
            );
        }
    }

    private void AddStateProblems(List<string> problems)
    {
        if (State.Length == 0)
        {
            problems.Add("State: is empty – must be a folder");
        }
    }

    private void AddJournalProblems(List<string> problems)
    {
        if (Journal.Provider is not ("sqlite" or "postgres"))
        {
            problems.Add($"Journal:Provider: {Journal.Provider} – must be sqlite or postgres");
        }
        else if (Journal.IsPostgres && string.IsNullOrEmpty(Journal.ConnectionString))
        {
            problems.Add("Journal:ConnectionString: is missing – postgres needs one");
        }
        else if (Journal.IsPostgres && ConnectionProblem() is { } problem)
        {
            // Not the value: it holds a password.
            problems.Add($"Journal:ConnectionString: {problem} – must be like Host=…;Database=…;Username=…;Password=…");
        }

        if (HasPeers && !Journal.IsPostgres)
        {
            problems.Add(
                $"Journal:Provider: {Journal.Provider} – {Akka.Seeds.Count} coordinators need postgres: a SQLite file on each machine keeps no two of them apart"
            );
        }

        if (HasPeers && string.IsNullOrEmpty(Storage))
        {
            problems.Add("Storage: is missing – several coordinators, and all workers, share one root");
        }
    }

    private string? ConnectionProblem()
    {
        try
        {
            _ = new NpgsqlConnectionStringBuilder(Journal.ConnectionString);
            return null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException)
        {
            return e.Message;
        }
    }

    private void AddTokenProblems(List<string> problems)
    {
        if (string.IsNullOrEmpty(JoinToken) && string.IsNullOrEmpty(JoinTokenFile))
        {
            problems.Add("JoinToken: is missing – set it, or JoinTokenFile; workers need the same");
            return;
        }

        if (TokenFile.Read(JoinToken, JoinTokenFile, nameof(JoinTokenFile), problems) is { Length: < 16 })
        {
            problems.Add("JoinToken: is too short – at least 16 characters");
        }
    }
}

public sealed record AkkaOptions
{
    /// <summary>
    /// Address, or name that workers and other coordinators resolve. Loopback addresses only, unless there is TLS or <see cref="NetworkOptions.AllowPlaintext"/>. Default: 127.0.0.1.
    /// </summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>Where it listens: at its address; known by a name, at every address of this machine, for the name may not resolve yet.</summary>
    public string BindHost => IsName ? "0.0.0.0" : Host;

    internal bool IsName => !IPAddress.TryParse(Host, out _);

    internal bool IsLoopback => IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address);

    internal bool IsEverywhere =>
        IPAddress.TryParse(Host, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));

    /// <summary>Default 0: the one that the state folder remembers, else a free one.</summary>
    public int Port { get; init; }

    /// <summary>Addresses of the coordinators that form the cluster; empty: itself.</summary>
    public IReadOnlyList<string> Seeds { get; init; } = [];
}

public sealed record NetworkOptions
{
    internal const string OptIn = "Network:AllowPlaintext=true allows others on a network that nobody else can reach";

    /// <summary>Lets the control plane leave this machine without TLS. Default: false.</summary>
    public bool AllowPlaintext { get; init; }

    /// <summary>PEM: this coordinator's certificate, for TLS with workers and other coordinators. Default: none, and no TLS.</summary>
    public string? Certificate { get; init; }

    /// <summary>PEM: its private key.</summary>
    public string? CertificateKey { get; init; }

    /// <summary>PEM: whose certificates workers and other coordinators have to have.</summary>
    public string? Authority { get; init; }

    public bool HasTls => !string.IsNullOrEmpty(Certificate) || !string.IsNullOrEmpty(CertificateKey) || !string.IsNullOrEmpty(Authority);

    /// <summary>Null: no TLS.</summary>
    public MutualTlsFiles? Tls => HasTls ? new MutualTlsFiles(Certificate!, CertificateKey!, Authority!) : null;
}

public sealed record JournalOptions
{
    /// <summary><c>sqlite</c> (a file in the state folder, one coordinator) or <c>postgres</c>.</summary>
    public string Provider { get; init; } = "sqlite";

    public bool IsPostgres => Provider == "postgres";

    /// <summary>Default for sqlite: journal.db in the state folder.</summary>
    public string? ConnectionString { get; init; }
}

public sealed record ParentOptions
{
    /// <summary>A child of another program: ignores SIGINT and ends when its standard input closes. Default: false.</summary>
    public bool ExitWithStdin { get; init; }
}
