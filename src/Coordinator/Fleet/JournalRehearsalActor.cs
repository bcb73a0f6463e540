using Akka.Persistence;

namespace Orchestrator.Coordinator.Fleet;

/// <summary>
/// Reads a journal in which nothing stands, and ends. The first use of the journal takes a cold process seconds: a stand-by has them behind it when it takes over.
/// </summary>
public sealed class JournalRehearsalActor : ReceivePersistentActor
{
    public JournalRehearsalActor() => Recover<RecoveryCompleted>(_ => Context.Stop(Self));

    public override string PersistenceId => "rehearsal";
}
