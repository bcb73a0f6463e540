using Orchestrator.Shared.Methods;

namespace Orchestrator.Shared.Runs;

/// <summary>Reads the part of <c>options</c> that the contrastive method has; the defaults are MoCo-v3's.</summary>
internal static class ContrastiveOptionsReader
{
    /// <summary>Adds it to what every method has.</summary>
    public static MethodOptions Read(SpecReader reader, MethodOptions options)
    {
        if (options.Views != 2)
        {
            reader.Fail("views", "contrastive compares two views of a sample: must be 2");
        }

        var contrastive = reader.Mapping("contrastive");
        var read = new ContrastiveOptions(
            contrastive.Number("temperature", 0.2, 1e-3, 100),
            contrastive.Integer("hidden", 4096, 1, 65536),
            contrastive.Integer("dim", 256, 1, 65536),
            contrastive.Choice("statistics", BatchStatistics.PerView),
            contrastive.Boolean("teacherLeads", true)
        );
        contrastive.End();
        var momentum = reader.Mapping("momentum");
        var teacher = momentum.Interval("teacher", new Interval(0.99, 1), 0, 1);
        momentum.End();
        return options with { Contrastive = read, Momentum = new MomentumOptions(teacher, null) };
    }
}
