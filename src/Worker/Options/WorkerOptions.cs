using System.Net;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Data.Storage.S3;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Certificates;
using Orchestrator.Worker.Ranks;

namespace Orchestrator.Worker.Options;

/// <summary>Settings of a worker process; docs/settings.md has the table. Read from appsettings.json, the environment (<c>ORCHESTRATOR_</c>) and the command line.</summary>
public sealed record WorkerOptions
{
    private const string LoopbackOnly =
        "the control port is loopback-only without TLS: set Network:Certificate, Network:CertificateKey and Network:Authority (or Network:AllowPlaintext=true on a network that nobody else can reach)";

    /// <summary>10 GiB.</summary>
    internal const long DefaultDataCacheSize = 10L << 30;

    /// <summary>Stable name, unique among workers. Default: host name and process id.</summary>
    public required string Name { get; init; }

    /// <summary>host:port of each coordinator's control port, comma-separated.</summary>
    public required IReadOnlyList<string> Coordinators { get; init; }

    /// <summary>Proves that this worker may join; from JoinToken or the file JoinTokenFile.</summary>
    public required string JoinToken { get; init; }

    /// <summary>Folder, or <c>s3://bucket/prefix</c>, that a spec's data paths are relative to. Default: the current folder.</summary>
    public required string DataRoot { get; init; }

    /// <summary>Folder of this machine for data indexes and for what object stores sent; its workers may share it. Default: <c>data</c> in <see cref="State"/>.</summary>
    public required string DataCache { get; init; }

    /// <summary>Bytes that <see cref="DataCache"/> may hold of object stores, 0–1024 TiB; 0: nothing is kept of them. Default: 10 GiB.</summary>
    public required long DataCacheSize { get; init; }

    /// <summary>How object stores are reached.</summary>
    public required S3Options S3 { get; init; }

    /// <summary>Where a run's data is found.</summary>
    /// <param name="warn">Told, seldom and from any thread, of outages and of a cache that cannot be written.</param>
    public DataLocation DataPlace(Action<string> warn) =>
        new(DataRoot, DataCache)
        {
            CacheBytes = DataCacheSize,
            S3 = S3,
            Warn = warn,
        };

    /// <summary>Folder for checkpoints and artifacts that the coordinator and all workers see.</summary>
    public required string Storage { get; init; }

    /// <summary>Folder of this worker's own state (its last incarnation).</summary>
    public required string State { get; init; }

    /// <summary>A lane is a thread beside those that compute: on few cores it only takes turns with them.</summary>
    internal static int DefaultLanes => Math.Clamp(Environment.ProcessorCount / 8, 1, 4);

    /// <summary><c>cpu</c> or <c>cuda:N</c>. Default: cpu.</summary>
    public required string Device { get; init; }

    /// <summary>Threads that compute shards, 1–256. Default: the cores.</summary>
    public required int ShardThreads { get; init; }

    /// <summary>Threads that prepare views ahead of the step, 0–256. Default: half the cores, 1 at least.</summary>
    public required int DataThreads { get; init; }

    /// <summary>Where peers connect. Default: 127.0.0.1, a free port.</summary>
    public required IPEndPoint Data { get; init; }

    /// <summary>Whether gradients go through shared memory between ranks on this machine, and not by TCP. Default: true.</summary>
    public required bool SharedMemory { get; init; }

    /// <summary>In how many slices gradients are summed at once, 1–16. Default: one for eight cores, four at most.</summary>
    public required int Lanes { get; init; }

    /// <summary>Certificates for TLS between workers, and with coordinators; null: none of them speaks TLS. Default: none.</summary>
    public required MutualTlsFiles? Tls { get; init; }

    /// <summary>Where coordinators connect; loopback only, unless there is TLS or <see cref="AllowPlaintext"/>. Default: 127.0.0.1, a free port.</summary>
    public required IPEndPoint Akka { get; init; }

    /// <summary>Lets the control plane leave this machine without TLS. Default: false.</summary>
    public required bool AllowPlaintext { get; init; }

    /// <summary>Address of /metrics and /healthz; null when off. Default: http://127.0.0.1:0.</summary>
    public required Uri? Http { get; init; }

    /// <summary>Child of a program: ignores SIGINT and ends when standard input closes. Default: false.</summary>
    public required bool ExitWithStdin { get; init; }

    /// <summary>Folder for timelines of this worker's steps; null: none are kept.</summary>
    public required string? Profile { get; init; }

    /// <summary>A fault on order, for demonstrations; on loopback only.</summary>
    public required Failpoint? Failpoint { get; init; }

    /// <summary>Reads and checks all settings.</summary>
    /// <param name="moments">Names of the moments at which a failpoint can be.</param>
    /// <exception cref="OptionsException">Names each bad setting.</exception>
    public static WorkerOptions Read(IConfiguration settings, IReadOnlyCollection<string> moments, int processId)
    {
        var reader = new OptionsReader(settings);
        var coordinators = reader.Coordinators();
        var data = reader.EndPoint("Data", loopbackOnly: null);
        var allowPlaintext = reader.Boolean("Network:AllowPlaintext");
        var akka = reader.EndPoint("Akka", loopbackOnly: allowPlaintext || reader.WantsTls ? null : LoopbackOnly);
        var state = reader.OwnFolder("State");
        var options = new WorkerOptions
        {
            Name = reader.Name($"{Environment.MachineName}-{processId}"),
            Coordinators = coordinators,
            JoinToken = reader.JoinToken(),
            DataRoot = reader.DataRoot("DataRoot", "."),
            Storage = reader.OwnFolder("Storage"),
            State = state,
            DataCache = reader.OwnFolder("DataCache", state.Length == 0 ? Path.GetTempPath() : Path.Combine(state, "data")),
            DataCacheSize = reader.Bytes("DataCacheSize", DefaultDataCacheSize),
            S3 = reader.S3("S3"),
            Device = reader.Device(),
            ShardThreads = reader.Integer("ShardThreads", Environment.ProcessorCount, 1, 256),
            DataThreads = reader.Integer("DataThreads", TrainingOptions.DefaultDataThreads, 0, 256),
            Data = data,
            SharedMemory = reader.Boolean("Data:SharedMemory", fallback: true),
            Lanes = reader.Integer("Data:Lanes", DefaultLanes, 1, GroupDescription.MostLanes),
            Tls = reader.MutualTls(),
            Akka = akka,
            AllowPlaintext = allowPlaintext,
            Http = reader.Http(),
            ExitWithStdin = reader.Boolean("Parent:ExitWithStdin"),
            Profile = settings["Profile"] is null ? null : reader.OwnFolder("Profile"),
            Failpoint = reader.Failpoint(moments, [data.Address, akka.Address, .. coordinators.Select(OptionsReader.AddressOf)]),
        };
        reader.ThrowIfBad();
        return options;
    }
}

/// <summary>Settings are wrong: one line for each, with its name, what stands there, and what would be right.</summary>
public sealed class OptionsException(IReadOnlyList<string> problems) : Exception(string.Join(Environment.NewLine, problems))
{
    public IReadOnlyList<string> Problems { get; } = problems;
}
