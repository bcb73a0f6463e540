using Orchestrator.Shared.Runs;

namespace Orchestrator.Shared.Evaluations;

/// <summary>Reads and checks what an evaluation says of exams: of <see cref="EvaluationProtocol.Exams"/>, and of <see cref="FineTunePreset.Exams"/>.</summary>
internal static class ExamKeys
{
    private const string Pooling = "pooling";
    private const string Planes = "planes";

    /// <summary>The spec with its keys; they stay null where no exam is judged, so that the hash of other evaluations does not know of them.</summary>
    public static EvaluationSpec Read(SpecReader reader, EvaluationSpec spec, RunSpec run)
    {
        var (pooling, planes) = (reader.Choices<ExamPooling>(Pooling), reader.Choices<SlicePlane>(Planes));
        if (JudgesExams(spec))
        {
            return spec with
            {
                Pooling = pooling ?? Enum.GetValues<ExamPooling>(),
                Planes = planes ?? [(spec.Data ?? run.Data).Plane ?? SlicePlane.Axial],
            };
        }

        foreach (var key in new[] { Pooling, Planes }.Where(reader.Has))
        {
            reader.Fail(key, "is of exams: add it to protocols (or finetune with preset: exams), or leave this out");
        }

        return spec;
    }

    /// <summary>What the data cannot give, as far as its spec tells.</summary>
    public static void Check(SpecReader reader, EvaluationSpec spec, DataSpec data)
    {
        if (!JudgesExams(spec))
        {
            return;
        }

        // One exam of each class has to be learned from and another one to be left out.
        if (spec.Planes?.Count > 1 && spec.Finetune is { OfExams: true } recipe && recipe.Labels.Contains(1))
        {
            reader.Mapping("finetune").Fail("labels", "1 a class leaves no exam to fuse planes by: give 2 or more, or one plane");
        }

        if (data.Kind != DataKind.Volumes)
        {
            reader.Fail("protocols", $"exams needs volumes and the data is {SpecWords.Word(data.Kind)}: give data.volumes");
        }
        else if (data.Labels is null && !data.MayCarryLabels)
        {
            reader.Fail(
                "protocols",
                "exams needs a label an exam and the data has none: give data.labels, a table or (layout mrnet) the name of a task"
            );
        }
    }

    private static bool JudgesExams(EvaluationSpec spec) =>
        spec.Protocols.Contains(EvaluationProtocol.Exams) || spec.Finetune is { OfExams: true };
}
