using Orchestrator.Pretraining.Evaluation.Probes;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Evaluation;

/// <summary>
/// The probes that a spec asks for, on pixels, the network as initialized and the pretrained network alike. Each probe runs on one thread,
/// several side by side: which thread runs it does not show in its figure.
/// </summary>
public sealed class ProbeSuite
{
    private readonly List<Probe> probes = [];
    private readonly ProbeImages images;

    /// <param name="asked">Probes of the spec.</param>
    /// <param name="images">Labels.</param>
    /// <param name="training">Features of the training images; networks: random, pretrained.</param>
    /// <param name="test">Features of the test images.</param>
    public ProbeSuite(IEnumerable<ProbeProtocol> asked, ProbeImages images, ImageFeatures training, ImageFeatures test)
    {
        this.images = images;
        var pixels = Features(training.Pixels, test.Pixels);
        var aligned = Features(training.AlignedPixels, test.AlignedPixels);
        var random = Features(training.Networks[0], test.Networks[0]);
        var pretrained = Features(training.Networks[1], test.Networks[1]);
        // The longest first, so that the threads end together.
        foreach (var protocol in asked.Distinct().OrderBy(p => p == ProbeProtocol.Linear ? 0 : 1))
        {
            switch (protocol)
            {
                case ProbeProtocol.Linear:
                    (AlignedLinear, Linear) = (Add(aligned, OfLinear), AddEach(pixels, random, pretrained, OfLinear));
                    break;
                case ProbeProtocol.Knn:
                    (AlignedKnn, Knn) = (Add(aligned, OfKnn), AddEach(pixels, random, pretrained, OfKnn));
                    break;
                default:
                    Labels1 = AddEach(pixels, random, pretrained, data => LowShotProbe.Accuracies(data, 1, UnalignedProtocol.Seed));
                    Labels5 = AddEach(
                        pixels,
                        random,
                        pretrained,
                        data => LowShotProbe.Accuracies(data, ProbeImages.LowShotLabels, UnalignedProtocol.Seed)
                    );
                    break;
            }
        }
    }

    /// <summary>Probes to run.</summary>
    public int Count => probes.Count;

    private Probe? AlignedLinear { get; }
    private Probe? AlignedKnn { get; }
    private Probe[]? Linear { get; }
    private Probe[]? Knn { get; }
    private Probe[]? Labels1 { get; }
    private Probe[]? Labels5 { get; }

    /// <summary>Runs every probe.</summary>
    /// <param name="gang">Threads.</param>
    /// <param name="probeDone">Told after each, on any thread.</param>
    public void Run(ShardGang gang, Action probeDone, CancellationToken cancellation) =>
        gang.ForEach(
            probes.Count,
            (_, i) =>
            {
                cancellation.ThrowIfCancellationRequested();
                probes[i].Run();
                probeDone();
            }
        );

    /// <summary>The view with the figures of the probes that were asked for.</summary>
    public EvaluationView Fill(EvaluationView view) =>
        view with
        {
            Knn = View(Knn),
            Linear = View(Linear),
            Labels1 = View(Labels1),
            Labels5 = View(Labels5),
            AlignedPixelsKnn = AlignedKnn?.Mean,
            AlignedPixelsLinear = AlignedLinear?.Mean,
        };

    private static double[] OfKnn(ProbeData data) => [KnnProbe.Accuracy(data)];

    private static double[] OfLinear(ProbeData data) => [LinearProbe.Accuracy(data)];

    private static ProbeView? View(Probe[]? each) =>
        each is [var pixels, var random, var pretrained]
            ? new ProbeView(pixels.Mean, random.Mean, pretrained.Mean, pretrained.Deviation)
            : null;

    /// <summary>Scaled when the first probe needs them.</summary>
    private Lazy<ProbeData> Features(FeatureMatrix training, FeatureMatrix test) =>
        new(() => new ProbeData(training, images.TrainingLabels, test, images.TestLabels, images.Classes).Scaled());

    private Probe[] AddEach(
        Lazy<ProbeData> pixels,
        Lazy<ProbeData> random,
        Lazy<ProbeData> pretrained,
        Func<ProbeData, double[]> accuracies
    ) => [Add(pixels, accuracies), Add(random, accuracies), Add(pretrained, accuracies)];

    private Probe Add(Lazy<ProbeData> data, Func<ProbeData, double[]> accuracies)
    {
        var probe = new Probe(data, accuracies);
        probes.Add(probe);
        return probe;
    }

    /// <summary>One probe on one kind of features.</summary>
    private sealed class Probe(Lazy<ProbeData> data, Func<ProbeData, double[]> accuracies)
    {
        private double[] found = [];

        public double Mean => found.Average();

        /// <summary>Over draws, divisor n − 1; null for one draw.</summary>
        public double? Deviation => found.Length > 1 ? Math.Sqrt(found.Sum(a => (a - Mean) * (a - Mean)) / (found.Length - 1)) : null;

        public void Run() => found = accuracies(data.Value);
    }
}
