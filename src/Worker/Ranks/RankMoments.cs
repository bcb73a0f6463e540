using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Worker.Ranks;

/// <summary>Moments of a rank's life at which a <see cref="Failpoint"/> can kill its process: those of a step, and those around steps.</summary>
public static class RankMoments
{
    /// <summary>The whole reduced gradient is there; what comes next changes the state.</summary>
    public static string BeforeCommit { get; } = SpecWords.Word(StepMoment.GradientsExchanged);

    /// <summary>Stopped for a promise, which is not answered yet.</summary>
    public const string Promising = "promising";

    /// <summary>Connected to all peers of a generation, its base not taken yet.</summary>
    public const string Forming = "forming";

    /// <summary>A part of the state is sent to a peer that copies it.</summary>
    public const string CopySending = "copy-sending";

    /// <summary>A part of the state is received.</summary>
    public const string CopyReceiving = "copy-receiving";

    /// <summary>A part of a checkpoint's files is written.</summary>
    public const string CheckpointWriting = "checkpoint-writing";

    /// <summary>All names: a step's first, in order.</summary>
    public static IReadOnlyList<string> All { get; } =
    [.. TrainingRunTrainer.Moments, Promising, Forming, CopySending, CopyReceiving, CheckpointWriting];
}
