using Orchestrator.Collectives;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Worker.Ranks;

/// <summary>What a rank thread drives: one run's data, networks and state in this process. It outlives generations.</summary>
public interface ITrainer : IDisposable
{
    RunSpec Spec { get; }
    long TotalSteps { get; }

    /// <summary>Shards that are computed side by side.</summary>
    int ShardThreads { get; }

    /// <summary>Identifies the data set's content.</summary>
    string DataFingerprint { get; }

    /// <summary>The initial state after opening, a function of the spec; then as the last step left it.</summary>
    IRankState State { get; }

    /// <summary>
    /// One optimizer step on the calling thread. On any exception nothing was committed. Until <paramref name="moment"/> has returned from
    /// <see cref="RankMoments.BeforeCommit"/> the state is only read: a checkpoint may be copying it.
    /// </summary>
    /// <param name="moment">Told the name of each boundary in the step (kebab-case, <c>begun</c> first), on this thread.</param>
    /// <exception cref="CollectiveException">A peer was lost.</exception>
    /// <exception cref="StepStoppedException">Asked to stop.</exception>
    /// <exception cref="TrainerFailedException">The run cannot go on here.</exception>
    /// <exception cref="CorruptionException">Ranks computed different bits.</exception>
    StepRow Step(ProcessGroup group, Action<string>? moment);

    /// <summary>MFU of a step: this rank's part of its matrix products against what was measured of its threads when the run was opened.</summary>
    /// <param name="seconds">That the step took.</param>
    /// <param name="ownShards">Shards of this rank.</param>
    double Utilization(double seconds, int ownShards);

    /// <summary>Between steps: where one is due, all ranks compare their states.</summary>
    /// <exception cref="CorruptionException">They differ.</exception>
    /// <exception cref="CollectiveException">A peer was lost; the state stands.</exception>
    void CompareStates(ProcessGroup group);

    /// <summary>Told what each commit made, on the thread that runs the step; null: nobody wants to know.</summary>
    Action<CommittedStep>? Committed { set; }

    /// <summary>On the calling thread: a step that others committed, applied to the state before it.</summary>
    /// <exception cref="ArgumentException">It is not the state's next step, or not of this run.</exception>
    void Replay(CommittedStep committed);

    /// <summary>From any thread: a step before its commit throws at the next boundary, until cleared.</summary>
    void Abort(string reason);

    void ClearAbort();
}

/// <summary>Opens runs on this worker's device.</summary>
public interface ITrainerFactory
{
    /// <summary>Digest of the preflight computation: what decides this machine's bits.</summary>
    string Fingerprint { get; }

    /// <summary>Reads the spec, opens its data, builds the initial state. May take seconds.</summary>
    /// <exception cref="TrainerFailedException">Says why not.</exception>
    ITrainer Open(string specJson);
}

/// <summary>A step was stopped before its commit; it can be run again to the same bits.</summary>
public sealed class StepStoppedException(string reason) : Exception(reason);

/// <summary>The run cannot go on in this process: the message goes to the coordinator as it is.</summary>
public sealed class TrainerFailedException(FailureKind kind, string message, Exception? inner = null) : Exception(message, inner)
{
    public FailureKind Kind { get; } = kind;
}
