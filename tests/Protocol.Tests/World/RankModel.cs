using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Agent;

namespace Orchestrator.Protocol.Tests.World;

/// <summary>What stands for a rank thread and its trainer: a state, the generation that it takes part in, and orders not yet obeyed.</summary>
/// <param name="State">After a completed step; null: nothing was opened, or it is lost.</param>
/// <param name="Form">The generation that it takes part in; null: it rests.</param>
/// <param name="CopiesFrom">Whose state it is copying.</param>
/// <param name="Ready">It holds the base and has met all peers.</param>
/// <param name="Started">It was told to start; a rank that may start by itself need not be.</param>
/// <param name="Serves">Generation whose members may copy the state although this worker is none of them; 0: none.</param>
/// <param name="Writing">A checkpoint that is copied and does not stand yet.</param>
internal sealed record RankModel(
    HeldState? State,
    Form? Form,
    int Place,
    string? CopiesFrom,
    bool Ready,
    bool Started,
    long Serves,
    StopRank? Stop,
    RequestCheckpoint? Write,
    CheckpointWritten? Writing
)
{
    public static readonly RankModel Empty = new(null, null, -1, null, false, false, 0, null, null, null);

    /// <summary>The generation that it follows, and from whom; null: none.</summary>
    public Follow? Follows { get; init; }

    /// <summary>It has taken its source's state.</summary>
    public bool Attached { get; init; }

    public GenerationRecord? Record => Form?.Record;

    public long Step => State?.Step ?? 0;

    /// <summary>Connections are closed; the state stays.</summary>
    public RankModel AtRest() =>
        this with
        {
            Form = null,
            Place = -1,
            CopiesFrom = null,
            Ready = false,
            Started = false,
            Serves = 0,
            Follows = null,
            Attached = false,
        };

    public bool Holds(GenerationRecord record) =>
        State is { } state
        && state.Step == record.BaseStep
        && (record.BaseDigest.Length == 0 ? record.BaseStep == 0 : state.Digest == record.BaseDigest);
}
