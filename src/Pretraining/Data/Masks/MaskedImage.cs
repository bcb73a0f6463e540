namespace Orchestrator.Pretraining.Data.Masks;

/// <summary>An image and its mask, as relative paths of the listing they came from.</summary>
/// <param name="Split">The list that names the image (<c>train</c>, <c>val</c>, …); null where there are no lists.</param>
public sealed record MaskedImage(string Image, string Mask, string? Split);
