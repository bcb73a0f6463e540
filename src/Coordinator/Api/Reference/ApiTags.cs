namespace Orchestrator.Coordinator.Api.Reference;

/// <summary>The groups of the reference, in its order.</summary>
public static class ApiTags
{
    public const string Runs = "Runs";
    public const string Results = "Results";
    public const string Sweeps = "Sweeps";
    public const string Verifications = "Verifications";
    public const string Evaluations = "Evaluations";
    public const string Workers = "Workers";
    public const string Access = "Access";
    public const string Health = "Health";

    public static IReadOnlyList<(string Name, string Description)> All { get; } =
    [
        (Runs, "Submit runs, see how they stand, change, pause and end them."),
        (Results, "What a run has told: rows of steps, history, live events, artifacts."),
        (Sweeps, "Many runs of one spec, over values of its fields (docs/sweeps.md)."),
        (Verifications, "Steps that are computed again on one worker and compared (docs/audit.md)."),
        (Evaluations, "Checkpoints that are judged as somebody asks for (docs/evaluation.md)."),
        (Workers, "The fleet."),
        (Access, "Tokens and the audit log, for operators (docs/security.md)."),
        (Health, "For whoever keeps the coordinator running."),
    ];
}
