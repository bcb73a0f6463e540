namespace Orchestrator.Protocol.Tests.World;

/// <summary>How many faults of each kind may still happen. Lost messages need no budget: nobody has to hear anything.</summary>
/// <param name="Total">Of all kinds together.</param>
/// <param name="LateMessages">Delivered late, out of order, and any number of times.</param>
/// <param name="WrongSuspicions">Deadlines that pass although whom they are about is well.</param>
/// <param name="Recalls">Members that another run is to have: one of them, or all.</param>
/// <param name="Pauses">A user pauses the run, and resumes it some time.</param>
/// <param name="Cancels">A user cancels the run: what it held has to be in a checkpoint then.</param>
/// <param name="Freezes">A process that stops for a while and goes on.</param>
internal readonly record struct Faults(
    int Total,
    int WorkerCrashes = 0,
    int CoordinatorCrashes = 0,
    int SecondCoordinators = 0,
    int LateMessages = 0,
    int WrongSuspicions = 0,
    int Freezes = 0,
    int ControlCuts = 0,
    int DataCuts = 0,
    int Drains = 0,
    int Recalls = 0,
    int Pauses = 0,
    int Cancels = 0
)
{
    /// <summary>Of every kind but cancellations: those end a schedule before much else can happen.</summary>
    public static Faults AnyOf(int total, int each) => new(total, each, each, each, each, each, each, each, each, each, each, each);

    /// <param name="kind">Name of a kind.</param>
    public static Faults Of(string kind, int total) =>
        kind switch
        {
            nameof(WorkerCrashes) => new Faults(total, WorkerCrashes: total),
            nameof(CoordinatorCrashes) => new Faults(total, CoordinatorCrashes: total),
            nameof(SecondCoordinators) => new Faults(total, SecondCoordinators: total),
            nameof(LateMessages) => new Faults(total, LateMessages: total),
            nameof(WrongSuspicions) => new Faults(total, WrongSuspicions: total),
            nameof(Freezes) => new Faults(total, Freezes: total),
            nameof(ControlCuts) => new Faults(total, ControlCuts: total),
            nameof(DataCuts) => new Faults(total, DataCuts: total),
            nameof(Drains) => new Faults(total, Drains: total),
            nameof(Recalls) => new Faults(total, Recalls: total),
            nameof(Pauses) => new Faults(total, Pauses: total),
            nameof(Cancels) => new Faults(total, Cancels: total),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no such fault"),
        };

    public override string ToString() =>
        Total == 0
            ? "no fault"
            : $"{Total} fault(s) of: worker crash {WorkerCrashes}, coordinator crash {CoordinatorCrashes}, second coordinator {SecondCoordinators}, late message {LateMessages}, wrong suspicion {WrongSuspicions}, freeze {Freezes}, control cut {ControlCuts}, data cut {DataCuts}, drain {Drains}, recall {Recalls}, pause {Pauses}, cancellation {Cancels}";
}
