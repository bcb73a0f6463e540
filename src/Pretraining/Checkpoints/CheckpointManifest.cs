namespace Orchestrator.Pretraining.Checkpoints;

/// <summary>Describes a checkpoint; written last, so that a checkpoint with a manifest is whole.</summary>
/// <param name="Format">Of the folder, 1.</param>
/// <param name="Run">The run's id.</param>
/// <param name="Token">The generation or promise under which it was written.</param>
/// <param name="Step">Completed steps.</param>
/// <param name="StateGeneration">Generation that committed the step.</param>
/// <param name="Digest">stateSha256.</param>
/// <param name="WeightsSha256">Of the student.</param>
/// <param name="SpecSha256">Of the resolved spec.</param>
/// <param name="Files">Each slot's file.</param>
public sealed record CheckpointManifest(
    int Format,
    string Run,
    long Token,
    long Step,
    long StateGeneration,
    string Digest,
    string WeightsSha256,
    string SpecSha256,
    IReadOnlyList<CheckpointFile> Files
);

/// <param name="Name">File name within the folder: slot name + <c>.safetensors</c>.</param>
/// <param name="Slot">Slot name.</param>
/// <param name="Bytes">Length.</param>
/// <param name="Sha256">Of the file, lower-case hex.</param>
public sealed record CheckpointFile(string Name, string Slot, long Bytes, string Sha256);
