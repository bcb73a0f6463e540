namespace Orchestrator.Pretraining.Data.Volumes;

/// <summary>How a file stores one value of a volume.</summary>
internal enum VolumeType
{
    UInt8,
    Int8,
    UInt16,
    Int16,
    UInt32,
    Int32,
    UInt64,
    Int64,
    Float16,
    Float32,
    Float64,
}
