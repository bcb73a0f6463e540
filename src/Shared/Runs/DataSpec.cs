using System.Text.Json.Serialization;

namespace Orchestrator.Shared.Runs;

/// <summary>Where the samples are, relative to a worker's data root, and how they are read. One of images, audio and volumes is set.</summary>
public sealed record DataSpec
{
    private static readonly string[] LabeledSources = [".tar", ".csv", ".tsv", ".jsonl", ".json"];

    /// <summary>A folder tree, an IDX file (plain or gz), tar shards (a pattern such as <c>train-{000..123}.tar</c>) or a manifest (.csv, .tsv, .jsonl, .json).</summary>
    public string? Images { get; init; }

    /// <summary>A folder tree of sound files, tar shards, or a manifest.</summary>
    public string? Audio { get; init; }

    /// <summary>A folder tree of .npy, .nii and .nii.gz volumes; every slice is a sample.</summary>
    public string? Volumes { get; init; }

    /// <summary>How the labels stand there, where the files do not say it by themselves.</summary>
    public DataLayout Layout { get; init; }

    /// <summary>A label file, <c>folders</c> (the first folder of each path is the class), with MRNet's layout the name of a task, or null.</summary>
    public string? Labels { get; init; }

    /// <summary>Columns of a manifest or label table; null: found by their usual names.</summary>
    public ColumnsSpec? Columns { get; init; }

    /// <summary>A folder of index masks (PNG) beside the images: same relative paths.</summary>
    public string? Masks { get; init; }

    /// <summary>Which slices of a volume; null but for volumes.</summary>
    public SlicePlane? Plane { get; init; }

    /// <summary>So many samples at the end (where samples have groups: so many groups) are never pretrained on; probes test on them.</summary>
    public int HoldOut { get; init; }

    /// <summary>Samples of this split (as a table or layout names it) are held out instead.</summary>
    public string? HoldOutSplit { get; init; }

    /// <summary>Damaged samples that an epoch may meet (each is replaced by the next sample) before the run fails.</summary>
    public int MaxDamaged { get; init; } = 10;

    /// <summary>How often each sample has its turn.</summary>
    public Sampling Sampling { get; init; }

    /// <summary>What happens to the last batch of an epoch when it is not whole.</summary>
    public LastBatch LastBatch { get; init; }

    /// <summary>Views prepared ahead of the step that needs them, MiB a worker; 0: made when they are needed.</summary>
    public int Prefetch { get; init; } = 256;

    /// <summary>JPEGs much larger than their views are decoded at a fraction of their size.</summary>
    public bool ReducedDecode { get; init; } = true;

    [JsonIgnore]
    public DataKind Kind =>
        Audio is not null ? DataKind.Audio
        : Volumes is not null ? DataKind.Volumes
        : DataKind.Images;

    /// <summary>The path, pattern or manifest of the samples.</summary>
    [JsonIgnore]
    public string Source => Images ?? Audio ?? Volumes ?? "";

    /// <summary>Key of <see cref="Source"/> in a spec.</summary>
    [JsonIgnore]
    public string SourceKey => "data." + SpecWords.Word(Kind);

    /// <summary>The plane in which volumes are cut; null: as they are stored, for a layout has a volume a plane.</summary>
    [JsonIgnore]
    public SlicePlane? CutPlane => Layout == DataLayout.Mrnet ? null : Plane;

    /// <summary>
    /// Whether labels may stand beside the samples without <see cref="Labels"/>: in a manifest, in tar shards, by the layout (but MRNet's, which
    /// has several tasks).
    /// </summary>
    [JsonIgnore]
    public bool MayCarryLabels =>
        Layout is not (DataLayout.Plain or DataLayout.Mrnet)
        || LabeledSources.Any(extension => Source.EndsWith(extension, StringComparison.OrdinalIgnoreCase));

    /// <summary>A file with this name can be a label table: .csv, .tsv, .jsonl or .ndjson.</summary>
    public static bool IsTable(string? path) => Path.GetExtension(path)?.ToLowerInvariant() is ".csv" or ".tsv" or ".jsonl" or ".ndjson";

    /// <summary>Whether samples are held out.</summary>
    [JsonIgnore]
    public bool HoldsOut => HoldOut > 0 || HoldOutSplit is not null;
}

/// <summary>What the samples are.</summary>
public enum DataKind
{
    Images,
    Audio,
    Volumes,
}

/// <summary>Layouts of published data sets whose label files need to be known.</summary>
public enum DataLayout
{
    /// <summary>Folders, tables with named columns, tar shards, IDX.</summary>
    Plain,

    /// <summary>Segment CSVs (YTID, start_seconds, end_seconds, positive_labels); clips named by YTID.</summary>
    Audioset,

    /// <summary>meta/esc50.csv: filename, fold, category.</summary>
    Esc50,

    /// <summary>Folder = word; validation_list.txt and testing_list.txt name the splits.</summary>
    SpeechCommands,

    /// <summary>iden_split.txt; speaker = first folder.</summary>
    Voxceleb,

    /// <summary>train/axial/0000.npy with train-TASK.csv.</summary>
    Mrnet,

    /// <summary>JPEGImages, SegmentationClass and ImageSets.</summary>
    Voc,
}

/// <summary>Columns of a table by name, and what separates several labels in one field.</summary>
public sealed record ColumnsSpec(string? Path, string? Label, string? Group, string? Split, string? Separator);

/// <summary>The three planes in which a body is looked at, drawn as DICOM viewers draw them.</summary>
public enum SlicePlane
{
    /// <summary>Slices from inferior to superior; rows from anterior to posterior; columns from the patient's right to left.</summary>
    Axial,

    /// <summary>Slices from anterior to posterior; rows from superior to inferior; columns from the patient's right to left.</summary>
    Coronal,

    /// <summary>Slices from the patient's right to left; rows from superior to inferior; columns from anterior to posterior.</summary>
    Sagittal,
}

/// <summary>How often each sample has its turn.</summary>
public enum Sampling
{
    /// <summary>Once an epoch.</summary>
    Uniform,

    /// <summary>Each group (patient, exam, speaker; of volumes without groups each volume) has as many turns as any other, whatever its number of samples.</summary>
    Balanced,
}

public enum LastBatch
{
    /// <summary>Left out: an epoch is the whole batches.</summary>
    Drop,

    /// <summary>Filled up from the beginning of the epoch's order.</summary>
    Wrap,
}
