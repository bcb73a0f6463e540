using System.Text.RegularExpressions;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data.Volumes;

/// <summary>
/// A data set in MRNet's layout (Bien et al., 2018): <c>train/axial/0000.npy</c>, <c>train/coronal/0000.npy</c>, <c>train/sagittal/0000.npy</c>,
/// <c>valid/…</c>, and a CSV a split and task without header, <c>train-acl.csv</c> with lines <c>0000,1</c>.
/// </summary>
public sealed partial class MrnetLayout
{
    private readonly string name;

    private MrnetLayout(string name, IReadOnlyList<string> tasks, IReadOnlyList<MrnetVolume> volumes) =>
        (this.name, Tasks, Volumes) = (name, tasks, volumes);

    /// <summary>In ordinal order (MRNet's: abnormal, acl, meniscus); empty without CSVs.</summary>
    public IReadOnlyList<string> Tasks { get; }

    /// <summary>In ordinal order of their paths.</summary>
    public IReadOnlyList<MrnetVolume> Volumes { get; }

    /// <summary>Reads a listing.</summary>
    /// <param name="paths">Relative to the data set's folder, written with '/'. Files that are not part of the layout are left out.</param>
    /// <param name="labels">Text of each <c>split-task.csv</c> by its path; empty where nothing is labeled.</param>
    /// <param name="name">Of the data set, as messages name it.</param>
    /// <exception cref="DataException">A plane, a label or a volume is missing, stands twice or is out of range.</exception>
    public static MrnetLayout Read(IEnumerable<string> paths, IReadOnlyDictionary<string, string> labels, string name)
    {
        var found = paths
            .Select(path => VolumePattern().Match(path))
            .Where(match => match.Success)
            .Select(match => new MrnetVolume(
                match.Value,
                match.Groups["exam"].Value,
                Enum.Parse<SlicePlane>(match.Groups["plane"].Value, ignoreCase: true),
                match.Groups["split"].Value,
                []
            ))
            .OrderBy(volume => volume.Path, StringComparer.Ordinal)
            .ToArray();
        if (found.Length == 0)
        {
            throw new DataException(
                $"'{name}' holds no volume in MRNet's layout, as train/axial/0000.npy (planes: axial, coronal, sagittal)"
            );
        }

        RequirePlanes(found, name);
        var tables = labels.Select(csv => MrnetLabels.Read(csv.Key, csv.Value, name)).ToArray();
        var tasks = tables.Select(table => table.Task).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        var bySplit = found
            .Select(volume => volume.Split)
            .Distinct(StringComparer.Ordinal)
            .ToDictionary(split => split, split => OfSplit(split, tables, tasks, name), StringComparer.Ordinal);
        RequireVolumes(found, tables, name);
        return new MrnetLayout(
            name,
            tasks,
            [.. found.Select(volume => volume with { Labels = [.. bySplit[volume.Split].Select(table => table.Of(volume))] })]
        );
    }

    /// <summary>The label of each volume for one task.</summary>
    /// <exception cref="DataException">There is no such task; the message lists those that there are.</exception>
    public int[] LabelsOf(string task)
    {
        var index = Tasks.ToList().IndexOf(task);
        return index >= 0
            ? [.. Volumes.Select(volume => volume.Labels[index])]
            : throw new DataException($"'{name}' has no task '{task}'; its CSVs are of: {string.Join(", ", Tasks)}");
    }

    private static void RequirePlanes(MrnetVolume[] volumes, string name)
    {
        foreach (var split in volumes.GroupBy(volume => volume.Split, StringComparer.Ordinal))
        {
            var planes = split.Select(volume => volume.Plane).Distinct().Order().ToArray();
            foreach (var exam in split.GroupBy(volume => volume.Exam, StringComparer.Ordinal))
            {
                var missing = planes.Except(exam.Select(volume => volume.Plane)).ToArray();
                if (missing.Length > 0)
                {
                    throw new DataException(
                        $"'{name}' has no {split.Key}/{missing[0].ToString().ToLowerInvariant()}/{exam.Key}.npy, and other planes of exam {exam.Key}; add it or remove the exam"
                    );
                }
            }
        }

        foreach (var exam in volumes.GroupBy(volume => volume.Exam, StringComparer.Ordinal))
        {
            var splits = exam.Select(volume => volume.Split).Distinct(StringComparer.Ordinal).ToArray();
            if (splits.Length > 1)
            {
                throw new DataException(
                    $"'{name}' has exam {exam.Key} in {string.Join(" and ", splits)}; an exam belongs to one split: remove it from the others, or number the exams throughout"
                );
            }
        }
    }

    private static MrnetLabels[] OfSplit(string split, MrnetLabels[] tables, string[] tasks, string name) =>
        Array.ConvertAll(
            tasks,
            task =>
                Array.Find(tables, table => table.Split == split && table.Task == task)
                ?? throw new DataException(
                    $"'{name}' has no {split}-{task}.csv; every split needs a CSV for each task ({string.Join(", ", tasks)})"
                )
        );

    private static void RequireVolumes(MrnetVolume[] volumes, MrnetLabels[] tables, string name)
    {
        var exams = volumes.Select(volume => (volume.Split, volume.Exam)).ToHashSet();
        foreach (var table in tables)
        {
            if (table.Exams.FirstOrDefault(exam => !exams.Contains((table.Split, exam))) is { } missing)
            {
                throw new DataException(
                    $"'{name}/{table.File}' has a label for exam {missing}, and there is no volume {table.Split}/axial/{missing}.npy or of another plane; add it or remove the line"
                );
            }
        }
    }

    [GeneratedRegex("^(?<split>[^/]+)/(?<plane>axial|coronal|sagittal)/(?<exam>[^/]+)\\.npy$", RegexOptions.NonBacktracking)]
    private static partial Regex VolumePattern();
}
