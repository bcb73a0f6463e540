using Orchestrator.Pretraining.Data.Labels;

namespace Orchestrator.Pretraining.Data.Audio.Labels;

/// <summary>
/// Rows of the label files that collections of sound come with. Text in, rows out, in the file's order; a row that is wrong is an error that
/// names file, line, column and value. Nothing here looks at the sounds.
/// </summary>
public static class AudioLabels
{
    private const string NoiseFolder = "_background_noise_";
    private const string SpeakerMark = "_nohash_";

    /// <summary>
    /// AudioSet's segment lists: <c># comments</c>, then <c>YTID, start_seconds, end_seconds, "mid,mid"</c>. Path and group are the id.
    /// </summary>
    /// <param name="names">Names of the mids (<see cref="AudioSetNames"/>): labels become names, and an unknown mid is an error. Null: labels are mids.</param>
    /// <exception cref="DataException">A row is wrong.</exception>
    public static LabelTable AudioSet(string text, string file, IReadOnlyDictionary<string, string>? names = null)
    {
        var rows = new LabelRows(file) { MultiLabel = true };
        foreach (var row in CsvFile.Read(text, file, "YTID", "start_seconds", "end_seconds", "positive_labels"))
        {
            rows.Add(row["YTID"], "YTID", AudioSetLabels(row, names), row["YTID"], split: null, row.Line);
        }

        return rows.ToTable();
    }

    /// <summary>AudioSet's <c>class_labels_indices.csv</c>: <c>index,mid,display_name</c> → display name by mid.</summary>
    /// <exception cref="DataException">A column is missing, or a mid comes twice.</exception>
    public static IReadOnlyDictionary<string, string> AudioSetNames(string text, string file)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var row in CsvFile.ReadWithHeader(text, file, "index", "mid", "display_name"))
        {
            if (!names.TryAdd(row["mid"], row["display_name"]))
            {
                throw row.Error("mid", $"is '{row["mid"]}', which an earlier line has");
            }
        }

        return names;
    }

    /// <summary>ESC-50's <c>esc50.csv</c>: label = category, split = fold, group = src_file where there is that column.</summary>
    /// <exception cref="DataException">A row is wrong, or a column is missing.</exception>
    public static LabelTable Esc50(string text, string file)
    {
        var rows = new LabelRows(file);
        foreach (var row in CsvFile.ReadWithHeader(text, file, "filename", "fold", "category"))
        {
            rows.Add(row["filename"], "filename", [row["category"]], row.Optional("src_file"), row["fold"], row.Line);
        }

        return rows.ToTable();
    }

    /// <summary>
    /// Speech Commands: a folder a word, and lists of the paths that are for validation and testing; what neither names is for training.
    /// Group = speaker, from <c>speaker_nohash_n.wav</c>. The folder of background noise is left out.
    /// </summary>
    /// <param name="folder">As messages name the data set.</param>
    /// <param name="paths">Of all sounds, relative to the data set's folder, with <c>/</c>.</param>
    /// <param name="validation">Text of <c>validation_list.txt</c>.</param>
    /// <param name="testing">Text of <c>testing_list.txt</c>.</param>
    /// <exception cref="DataException">A sound is in no folder, or a list is of other sounds.</exception>
    public static LabelTable SpeechCommands(string folder, IEnumerable<string> paths, string validation, string testing)
    {
        var sounds = paths.Where(path => !path.StartsWith(NoiseFolder + "/", StringComparison.Ordinal)).ToArray();
        var known = sounds.ToHashSet(StringComparer.Ordinal);
        var splits = new Dictionary<string, string>(StringComparer.Ordinal);
        AddList(validation, "validation_list.txt", "validation");
        AddList(testing, "testing_list.txt", "testing");
        var rows = new LabelRows(folder, "sound");
        foreach (var (index, path) in sounds.Index())
        {
            rows.Add(path, "path", [Word(path)], Speaker(path), splits.GetValueOrDefault(path, "training"), index + 1);
        }

        return rows.ToTable();

        void AddList(string text, string file, string split)
        {
            var (listed, found) = (0, 0);
            foreach (var (line, path) in Lines(text))
            {
                if (path.IndexOf('/') <= 0)
                {
                    throw new DataException($"'{file}' line {line} is '{path}'; it should be a path such as 'word/sound.wav'");
                }

                if (!splits.TryAdd(path, split))
                {
                    throw new DataException($"'{file}' line {line} is '{path}', which is listed before, for {splits[path]}");
                }

                listed++;
                found += known.Contains(path) ? 1 : 0;
            }

            // A part of the data set is fine; lists of another one would put everything into training.
            if (listed > 0 && found == 0 && known.Count > 0)
            {
                throw new DataException(
                    $"'{file}' names {listed} sounds and none of the {known.Count} that are there; is it of this data set?"
                );
            }
        }
    }

    /// <summary>
    /// VoxCeleb1's <c>iden_split.txt</c>: <c>1 id10001/video/00001.wav</c>, with 1 = training, 2 = validation, 3 = testing. Label = speaker, the
    /// first folder; group = speaker and video.
    /// </summary>
    /// <exception cref="DataException">A line is wrong.</exception>
    public static LabelTable VoxCeleb(string text, string file)
    {
        var rows = new LabelRows(file);
        foreach (var line in Lines(text))
        {
            AddVoxCeleb(rows, line, file);
        }

        return rows.ToTable();
    }

    private static IReadOnlyList<string> AudioSetLabels(CsvRow row, IReadOnlyDictionary<string, string>? names)
    {
        var (start, end) = (row.Number("start_seconds"), row.Number("end_seconds"));
        if (!(start >= 0 && end > start))
        {
            throw row.Error("end_seconds", $"is {end}; it should be after the start, {start}");
        }

        var labels = SplitLabels(row["positive_labels"]);
        if (labels.Count == 0)
        {
            throw row.Error("positive_labels", $"is '{row["positive_labels"]}'; it should name at least one label");
        }

        return names is null
            ? labels
            :
            [
                .. labels.Select(mid =>
                    names.GetValueOrDefault(mid)
                    ?? throw row.Error("positive_labels", $"has '{mid}', which is not among the {names.Count} known classes")
                ),
            ];
    }

    private static void AddVoxCeleb(LabelRows rows, (int Number, string Text) line, string file)
    {
        var fields = line.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var split = fields[0] switch
        {
            "1" => "training",
            "2" => "validation",
            "3" => "testing",
            _ => throw new DataException($"'{file}' line {line.Number}, column 1 is '{fields[0]}'; it should be 1, 2 or 3"),
        };
        var folders = fields.Length == 2 ? fields[1].Split('/') : [];
        if (folders.Length != 3 || !Array.TrueForAll(folders, folder => folder.Length > 0))
        {
            throw new DataException(
                $"'{file}' line {line.Number}, column 2 is '{string.Join(' ', fields[1..])}'; it should be a path such as 'id10001/video/00001.wav'"
            );
        }

        rows.Add(fields[1], "2", [folders[0]], $"{folders[0]}/{folders[1]}", split, line.Number);
    }

    private static string Word(string path) =>
        path.IndexOf('/') is var slash and > 0
            ? path[..slash]
            : throw new DataException($"'{path}' is in no folder; in this layout a sound's folder is its word");

    private static string? Speaker(string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        return name.IndexOf(SpeakerMark, StringComparison.Ordinal) is var mark and > 0 ? name[..mark] : null;
    }

    /// <summary>Labels of a list with commas.</summary>
    internal static IReadOnlyList<string> SplitLabels(string list) =>
        list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Lines that are not blank, trimmed, with their numbers from 1.</summary>
    private static IEnumerable<(int Number, string Text)> Lines(string text) =>
        text.Split('\n').Select((line, i) => (Number: i + 1, Text: line.Trim())).Where(line => line.Text.Length > 0);
}
