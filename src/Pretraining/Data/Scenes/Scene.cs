namespace Orchestrator.Pretraining.Data.Scenes;

/// <summary>Several items on one canvas, and what is known of them by construction.</summary>
/// <param name="Pixels">0–1, <c>[C, side, side]</c>.</param>
/// <param name="Mask">Class of each pixel, <c>[side, side]</c>: 0 is the background, k + 1 an item of class k.</param>
/// <param name="Labels">Classes of the items that are seen, ascending.</param>
public sealed record Scene(float[] Pixels, byte[] Mask, IReadOnlyList<int> Labels);
