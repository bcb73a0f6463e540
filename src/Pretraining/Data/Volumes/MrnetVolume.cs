using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data.Volumes;

/// <summary>One volume of a data set in MRNet's layout: an exam in one plane.</summary>
/// <param name="Path">Relative, as it was listed.</param>
/// <param name="Exam">Its group: an exam's volumes stay on one side of every split. Unique over all splits.</param>
/// <param name="Plane">Axial, coronal or sagittal.</param>
/// <param name="Split"><c>train</c>, <c>valid</c>, …</param>
/// <param name="Labels">0 or 1 by task, in the order of <see cref="MrnetLayout.Tasks"/>.</param>
public sealed record MrnetVolume(string Path, string Exam, SlicePlane Plane, string Split, IReadOnlyList<int> Labels);
