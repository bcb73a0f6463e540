using Orchestrator.Shared.Runs;

namespace Orchestrator.Shared.Evaluations;

/// <summary>What a document gave: a resolved spec, or every error that stands in it.</summary>
public sealed record EvaluationSpecResult(EvaluationSpec? Spec, IReadOnlyList<SpecError> Errors);

/// <summary>Reads how an encoder is to be judged from YAML or JSON; all errors are reported together, each with its path and what would be right.</summary>
public static class EvaluationSpecParser
{
    /// <param name="document">YAML or JSON.</param>
    /// <param name="run">The run whose encoder is to be judged: what does not fit to it is an error.</param>
    public static EvaluationSpecResult Parse(string document, RunSpec run)
    {
        var errors = new List<SpecError>();
        if (SpecRoot.Read(document, "an evaluation", "protocols", errors) is not { } root)
        {
            return new EvaluationSpecResult(null, errors);
        }

        var spec = Read(new SpecReader(root, "", errors), run);
        return new EvaluationSpecResult(errors.Count == 0 ? spec : null, errors);
    }

    /// <summary>Reads a section that is an evaluation.</summary>
    internal static EvaluationSpec Read(SpecReader reader, RunSpec run)
    {
        if (reader.Text("apiVersion", EvaluationSpec.Version) != EvaluationSpec.Version)
        {
            reader.Fail("apiVersion", $"must be {EvaluationSpec.Version}");
        }

        var protocols = reader.Choices<EvaluationProtocol>("protocols");
        if (!reader.Has("protocols"))
        {
            reader.Fail(
                "protocols",
                $"is missing; some of {string.Join(", ", Enum.GetValues<EvaluationProtocol>().Select(p => SpecWords.Word(p)))}"
            );
        }

        var spec = new EvaluationSpec
        {
            Protocols = protocols ?? [],
            Network = reader.Choice("network", EncoderNetwork.Student),
            Features = reader.Choice("features", EncoderFeatures.Auto),
            View = reader.Choice("view", SampleView.Aligned),
            Neighbors = reader.Integers("neighbors", 1, 100_000) ?? new EvaluationSpec { Protocols = [] }.Neighbors,
            Labels = reader.Integers("labels", 1, 100_000) ?? new EvaluationSpec { Protocols = [] }.Labels,
            Fraction = reader.Number("fraction", 0.01, 0, 1),
            Splits = reader.Integer("splits", 10, 3, 1000),
            Lambda = reader.Number("lambda", 2.5e-3, 1e-9, 1e3),
            Blocks = reader.Integers("blocks", 1, run.Backbone.Custom.Depth) ?? [],
            Seed = reader.Seed("seed", 0),
            Baselines = reader.Boolean("baselines", true),
            Data = reader.Has("data") ? DataReader.Read(reader.Mapping("data"), true, run.Method) : null,
            Folds = reader.Texts("folds"),
            Workers = reader.Integer("workers", 4, 1, 1024),
        };
        spec = ExamKeys.Read(reader, spec with { Finetune = ReadFineTune(reader, spec, run) }, run);
        Check(reader, spec, run);
        reader.End();
        return spec;
    }

    private static FineTuneSpec? ReadFineTune(SpecReader reader, EvaluationSpec spec, RunSpec run)
    {
        var asked = spec.Protocols.Contains(EvaluationProtocol.Finetune);
        if (!asked && reader.Has("finetune"))
        {
            reader.Fail("finetune", "belongs to the protocol finetune, which protocols does not name");
        }

        var section = reader.Mapping("finetune");
        return asked ? FineTuneReader.Read(section, run) : null;
    }

    private static void Check(SpecReader reader, EvaluationSpec spec, RunSpec run)
    {
        var data = spec.Data ?? run.Data;
        if (data.Kind != run.Data.Kind)
        {
            reader.Fail("data", $"must be {SpecWords.Word(run.Data.Kind)}, what the run was trained on");
        }

        if (spec.Folds is { } folds)
        {
            if (folds.Count < 2 || folds.Distinct(StringComparer.Ordinal).Count() != folds.Count)
            {
                reader.Fail("folds", "must name two splits of the data or more, each once");
            }

            if (data.HoldOut > 0)
            {
                reader.Fail("folds", "each fold is held out in its turn: leave data.holdOut out");
            }
        }
        else if (!data.HoldsOut)
        {
            reader.Fail(
                "data",
                $"{(spec.Data is null ? "the run's holds" : "holds")} nothing out: give data with holdOut or holdOutSplit, the samples that are tested on"
            );
        }

        if (spec.Network == EncoderNetwork.Teacher && !HasTeacher(run))
        {
            reader.Fail("network", $"{SpecWords.Word(run.Method)} has no teacher: give student");
        }

        if (
            spec.Protocols.Contains(EvaluationProtocol.Finetune)
            && spec.Features is not (EncoderFeatures.Auto or EncoderFeatures.ClassToken or EncoderFeatures.MeanToken)
        )
        {
            reader.Fail("features", "must be auto, class-token or mean-token for finetune: what its classifier reads");
        }

        ExamKeys.Check(reader, spec, data);
        if (spec.Protocols.Contains(EvaluationProtocol.Segmentation))
        {
            if (data.Kind != DataKind.Images || (data.Masks is null && data.Layout != DataLayout.Voc))
            {
                reader.Fail("protocols", "segmentation needs images with masks: give data with masks, or of layout voc");
            }

            if (spec.View == SampleView.Unaligned)
            {
                reader.Fail("view", "must be aligned for segmentation: masks are of whole images");
            }
        }
    }

    private static bool HasTeacher(RunSpec run) => run.Options.Momentum is not null;
}
