namespace Orchestrator.Pretraining.Data.Volumes;

/// <summary>The three planes in which a body is looked at, drawn as DICOM viewers draw them.</summary>
public enum VolumePlane
{
    /// <summary>Slices from inferior to superior; rows from anterior to posterior; columns from the patient's right to left.</summary>
    Axial,

    /// <summary>Slices from anterior to posterior; rows from superior to inferior; columns from the patient's right to left.</summary>
    Coronal,

    /// <summary>Slices from the patient's right to left; rows from superior to inferior; columns from anterior to posterior.</summary>
    Sagittal,
}
