namespace Orchestrator.Pretraining.Data;

/// <summary>An image as bytes 0–255, planar: all of channel 0, then channel 1, …, each row by row.</summary>
/// <param name="Size">Its size.</param>
/// <param name="Pixels"><c>[C, H, W]</c>; shared with other readers, so never written.</param>
public readonly record struct DecodedImage(ImageSize Size, ReadOnlyMemory<byte> Pixels);
