using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Evaluation.Sharing;

namespace Orchestrator.Pretraining.Evaluation;

/// <summary>What an evaluation needs beside the spec. None of it shows in the figures.</summary>
/// <param name="Data">Where the spec's data is found.</param>
/// <param name="StorageRoot">Where checkpoints and artifacts are.</param>
/// <param name="CheckpointPath">Folder of the checkpoint to judge, relative to the storage root.</param>
/// <param name="ArtifactPath">Folder for what is written, relative to the storage root; created where it is missing.</param>
/// <param name="Run">The run's id, for the model card.</param>
/// <param name="Threads">Threads to compute on, 1 or more.</param>
/// <param name="AuditSha256">Head of the run's chain of digests, for the model card; null where there is none.</param>
public sealed record EvaluationOptions(
    DataLocation Data,
    string StorageRoot,
    string CheckpointPath,
    string ArtifactPath,
    string Run,
    int Threads,
    string? AuditSha256 = null
)
{
    /// <summary>Where pieces of the evaluation are shared with other workers; null: with none.</summary>
    public PieceFolder? Pieces { get; init; }

    /// <summary>Whether this worker reports the evaluation; one that helps ends where the others are through.</summary>
    public bool Reports { get; init; } = true;

    /// <summary>The artifact folder's absolute path.</summary>
    /// <exception cref="EvaluationException">It would be outside the storage root.</exception>
    public string ArtifactFolder()
    {
        var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(StorageRoot));
        var folder = Path.GetFullPath(Path.Combine(root, ArtifactPath));
        return folder.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? folder
            : throw new EvaluationException($"Artifact path {ArtifactPath} leaves the storage root.");
    }
}
