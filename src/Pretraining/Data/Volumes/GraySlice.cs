namespace Orchestrator.Pretraining.Data.Volumes;

/// <summary>One slice of a volume as an image: bytes (0–255) or words (0–65,535), exactly one of the two.</summary>
/// <param name="Size">Channels is 1, or 3 with the same plane three times.</param>
/// <param name="Bytes"><c>[C, H, W]</c>; null where the slice has words.</param>
/// <param name="Words"><c>[C, H, W]</c>; null where the slice has bytes.</param>
public readonly record struct GraySlice(ImageSize Size, byte[]? Bytes, ushort[]? Words);
