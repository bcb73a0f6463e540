using Orchestrator.Pretraining.Data.Masks;

namespace Orchestrator.Pretraining.Data;

/// <summary>The samples of a run and the views that a network sees of them. Every member may be used from any thread.</summary>
public interface IDataSet : IDisposable
{
    /// <summary>Number of samples, at least 1; those that are held out come last.</summary>
    int Count { get; }

    /// <summary>Samples 0 … PretrainingCount − 1 are pretrained on; the others are held out.</summary>
    int PretrainingCount { get; }

    /// <summary>Samples from <see cref="PretrainingCount"/> on.</summary>
    int HeldOutCount => Count - PretrainingCount;

    /// <summary>The class of each sample, from 0; null without labels, or where samples have several.</summary>
    IReadOnlyList<int>? Labels { get; }

    /// <summary>Whether samples have any number of labels, as <see cref="LabelsOf"/> gives them, and not one each.</summary>
    bool HasLabelSets => false;

    /// <summary>The classes of a sample, ascending; empty without labels.</summary>
    /// <param name="sample">0 … Count − 1.</param>
    ReadOnlySpan<int> LabelsOf(long sample) => Labels is { } labels ? new[] { labels[(int)sample] } : [];

    /// <summary>The class of every pixel of a sample as it is stored; null where the data has no masks.</summary>
    /// <param name="sample">0 … Count − 1.</param>
    /// <exception cref="DataException">The mask is gone, damaged, no index mask, or of another size than its image.</exception>
    LabelMask? ReadMask(long sample) => null;

    /// <summary>Names by class number; null where classes have none.</summary>
    IReadOnlyList<string>? ClassNames { get; }

    /// <summary>First sample of each group (patient, exam, speaker; of volumes without groups each volume) of those pretrained on, ascending from 0; null where the data has none.</summary>
    IReadOnlyList<int>? GroupStarts { get; }

    /// <summary>The exams of volumes, held-out ones too, in the order of their samples: the slices of a group, or of a volume without one. Null where samples are no slices.</summary>
    IReadOnlyList<Exam>? Exams => null;

    /// <summary>64 hex digits that two copies of one data set share and other sets do not.</summary>
    string Fingerprint { get; }

    /// <summary>Size of every view, <c>[C, H, W]</c>.</summary>
    ImageSize ViewSize { get; }

    /// <summary>A renderer for one thread.</summary>
    IViewRenderer CreateRenderer();
}
