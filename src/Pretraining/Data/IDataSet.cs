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

    /// <summary>Names by class number; null where classes have none.</summary>
    IReadOnlyList<string>? ClassNames { get; }

    /// <summary>First sample of each group (patient, exam, speaker; of volumes without groups each volume) of those pretrained on, ascending from 0; null where the data has none.</summary>
    IReadOnlyList<int>? GroupStarts { get; }

    /// <summary>64 hex digits that two copies of one data set share and other sets do not.</summary>
    string Fingerprint { get; }

    /// <summary>Size of every view, <c>[C, H, W]</c>.</summary>
    ImageSize ViewSize { get; }

    /// <summary>A renderer for one thread.</summary>
    IViewRenderer CreateRenderer();
}
