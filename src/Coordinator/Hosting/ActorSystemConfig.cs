using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;
using Akka.Persistence.Sql;
using LinqToDB;
using Npgsql;
using Orchestrator.Coordinator.Serialization;
using Orchestrator.Coordinator.Settings;
using Orchestrator.Coordinator.Storage;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Serialization;

namespace Orchestrator.Coordinator.Hosting;

/// <summary>HOCON of the coordinator's actor system. docs/protocol.md says why each setting is as it is.</summary>
public static class ActorSystemConfig
{
    /// <summary>The cluster's name: part of every address.</summary>
    public const string SystemName = "run";

    /// <param name="port">Its own choice where the options leave it open; 0: a free one.</param>
    public static Config Create(AkkaOptions akka, int port, JournalOptions journal, string stateFolder, bool tls = false) =>
        ConfigurationFactory
            .ParseString(Text(akka, port, journal, stateFolder, tls))
            .WithFallback(SqlPersistence.DefaultConfiguration)
            .WithFallback(ClusterSingleton.DefaultConfig());

    /// <summary>Of the journal; SQLite's is a file of the state folder.</summary>
    public static string ConnectionString(JournalOptions journal, string stateFolder) =>
        journal.ConnectionString is { Length: > 0 } given
            ? WithTimeouts(journal, given)
            : $"Data Source={Path.Combine(Path.GetFullPath(stateFolder), StateFile.Journal)}";

    // A coordinator that is frozen inside a transaction would hold its successor up.
    private static string WithTimeouts(JournalOptions journal, string given)
    {
        if (!journal.IsPostgres)
        {
            return given;
        }

        var connection = new NpgsqlConnectionStringBuilder(given);
        connection.Options ??= "-c idle_in_transaction_session_timeout=5000 -c lock_timeout=3000";
        return connection.ConnectionString;
    }

    private static string Text(AkkaOptions akka, int port, JournalOptions journal, string stateFolder, bool tls)
    {
        var seeds = akka.Seeds.Count;
        // Cut off from the others, a coordinator forms a cluster of its own (SeedOrder), and would lead: without a majority nobody becomes a full member.
        var members = (seeds / 2) + 1;
        // SQLite has one writer at a time: its driver has a second one sleep for 150 ms and try again. A transaction of this level is begun as a reader's;
        // any other takes the writer's lock even if it only reads. SQLite gives both the same snapshot.
        var (writers, reads) = journal.IsPostgres ? (3, "unspecified") : (1, "read-uncommitted");
        var provider = journal.IsPostgres ? ProviderName.PostgreSQL15 : ProviderName.SQLiteMS;
        var connection = ConnectionString(journal, stateFolder)
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal);
        return $$"""
            akka {
              loggers = ["{{typeof(HostLogActor).AssemblyQualifiedName}}"]
              loglevel = INFO
              stdout-loglevel = OFF
              actor {
                provider = cluster
                serializers {
                  control = "{{typeof(ControlMessageSerializer).AssemblyQualifiedName}}"
                  journal = "{{typeof(JournalSerializer).AssemblyQualifiedName}}"
                }
                serialization-bindings {
                  "{{typeof(IControlMessage).AssemblyQualifiedName}}" = control
                  "{{typeof(IJournalEvent).AssemblyQualifiedName}}" = journal
                  "System.Object" = control
                }
              }
              remote {
                retry-gate-closed-for = 1s
                dot-netty.tcp {
                  # Messages to any other host name are dropped: a pod that is addressed by its name has to know itself by that name.
                  hostname = "{{akka.BindHost}}"
                  public-hostname = "{{akka.Host}}"
                  port = {{port}}
                  enable-ssl = {{(tls ? "on" : "off")}}
                  maximum-frame-size = 1024000b
                  send-buffer-size = 1024000b
                  receive-buffer-size = 1024000b
                  backlog = 1000
                }
              }
              coordinated-shutdown {
                exit-clr = off
                run-by-clr-shutdown-hook = off
                run-by-actor-system-terminate = off
              }
              cluster {
                roles = ["coordinator"]
                min-nr-of-members = {{members}}
                downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster"
                split-brain-resolver {
                  active-strategy = keep-majority
                  stable-after = 3s
                  keep-majority.role = coordinator
                }
                gossip-interval = 300ms
                leader-actions-interval = 300ms
                unreachable-nodes-reaper-interval = 300ms
                # Whoever looks for a cluster asks so often.
                seed-node-timeout = 1s
                failure-detector {
                  heartbeat-interval = 500ms
                  acceptable-heartbeat-pause = 3s
                  expected-response-after = 500ms
                  min-std-deviation = 100ms
                }
              }
              persistence {
                journal {
                  plugin = "akka.persistence.journal.sql"
                  sql {
                    connection-string = "{{connection}}"
                    provider-name = "{{provider}}"
                    auto-initialize = true
                    parallelism = {{writers}}
                    read-isolation-level = {{reads}}
                    replay-filter.mode = off
                  }
                }
                snapshot-store.plugin = "akka.persistence.no-snapshot-store"
              }
            }
            """;
    }
}
