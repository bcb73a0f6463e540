using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Audio.Labels;
using Orchestrator.Pretraining.Data.Labels;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data.Audio.Labels;

public sealed class AudioLabelsTests
{
    // The first lines of the files that AudioSet, ESC-50 and VoxCeleb publish, shortened.
    private const string Segments = """
        # Segments csv created Sun Mar  5 10:54:31 2017
        # num_ytids=22160, num_segs=22160, num_unique_labels=527, num_positive_labels=52882
        # YTID, start_seconds, end_seconds, positive_labels
        --PJHxphWEs, 30.000, 40.000, "/m/09x0r,/t/dd00088"
        -1nilez17Dg, 30.000, 40.000, "/m/09x0r"

        """;

    private const string Classes = """
        index,mid,display_name
        0,/m/09x0r,"Speech"
        1,/t/dd00088,"Chirp, tweet"

        """;

    private const string Esc50 = """
        filename,fold,target,category,esc10,src_file,take
        1-100032-A-0.wav,1,0,dog,True,100032,A
        1-100038-A-14.wav,2,14,chirping_birds,False,100038,A

        """;

    [Fact]
    public void AudioSet_rows_have_mids_or_names()
    {
        var mids = AudioLabels.AudioSet(Segments, "eval.csv");
        AssertRows(
            [new("--PJHxphWEs", ["/m/09x0r", "/t/dd00088"], null, "--PJHxphWEs"), new("-1nilez17Dg", ["/m/09x0r"], null, "-1nilez17Dg")],
            mids
        );
        var names = AudioLabels.AudioSetNames(Classes, "class_labels_indices.csv");
        Assert.Equal(["Speech", "Chirp, tweet"], AudioLabels.AudioSet(Segments, "eval.csv", names).Rows[0].Labels);
    }

    [Fact]
    public void Esc50_rows_have_category_fold_and_source() =>
        AssertRows(
            [new("1-100032-A-0.wav", ["dog"], "1", "100032"), new("1-100038-A-14.wav", ["chirping_birds"], "2", "100038")],
            AudioLabels.Esc50(Esc50.ReplaceLineEndings("\r\n"), "esc50.csv")
        );

    [Fact]
    public void Speech_commands_rows_have_word_split_and_speaker() =>
        AssertRows(
            [
                new("cat/0a_nohash_0.wav", ["cat"], "training", "0a"),
                new("cat/0b_nohash_0.wav", ["cat"], "validation", "0b"),
                new("dog/own.wav", ["dog"], "testing", null),
            ],
            AudioLabels.SpeechCommands(
                "speech",
                ["cat/0a_nohash_0.wav", "cat/0b_nohash_0.wav", "_background_noise_/pink.wav", "dog/own.wav"],
                "cat/0b_nohash_0.wav\ncat/missing_nohash_0.wav\n",
                "dog/own.wav\n"
            )
        );

    [Fact]
    public void VoxCeleb_rows_have_speaker_split_and_video() =>
        AssertRows(
            [
                new("id10003/na8-QEFmj44/00003.wav", ["id10003"], "training", "id10003/na8-QEFmj44"),
                new("id10001/J9lHsKG98U8/00006.wav", ["id10001"], "testing", "id10001/J9lHsKG98U8"),
            ],
            AudioLabels.VoxCeleb("1 id10003/na8-QEFmj44/00003.wav\n\n3 id10001/J9lHsKG98U8/00006.wav", "iden_split.txt")
        );

    [Fact]
    public void Ast_rows_have_path_and_labels() =>
        AssertRows(
            [new("audio/-0049e.flac", ["/m/09x0r", "/m/05zppz"], null, null)],
            AstLabels.Read("""{"data": [{"video_id": "-0", "wav": "audio/-0049e.flac", "labels": "/m/09x0r,/m/05zppz"}]}""", "eval.json")
        );

    [Theory]
    [InlineData("a, 1.0, 2.0\n", "'f' line 1 has 3 columns; it should have 4")]
    [InlineData("# x\na, 1.0, x2, \"/m/1\"\n", "'f' line 2, column 'end_seconds' is 'x2'; it should be a number")]
    [InlineData("a, 5.0, 4.0, \"/m/1\"\n", "'f' line 1, column 'end_seconds' is 4; it should be after the start, 5")]
    [InlineData("a, 1.0, 2.0, \"/m/1\"\n, 1.0, 2.0, \"/m/1\"\n", "'f' line 2, column 'YTID' is empty")]
    [InlineData("a, 1.0, 2.0, \" , \"\n", "column 'positive_labels' is")]
    [InlineData("a, 1.0, 2.0, \"/m/1\nb, 1.0, 2.0, \"/m/1\"\n", "'f' line 2 has a quote that is out of place")]
    [InlineData("# only comments\n", "'f' has no rows")]
    public void Wrong_AudioSet_row_is_named(string text, string message) => AssertRefused(message, () => AudioLabels.AudioSet(text, "f"));

    [Fact]
    public void Unknown_mid_is_named() =>
        AssertRefused(
            "'f' line 1, column 'positive_labels' has '/m/1', which is not among the 2 known classes",
            () => AudioLabels.AudioSet("a, 1.0, 2.0, \"/m/09x0r,/m/1\"\n", "f", AudioLabels.AudioSetNames(Classes, "names"))
        );

    [Theory]
    [InlineData("", "'f' is empty; its first row should name the columns filename, fold, category")]
    [InlineData("filename,fold,target\n", "'f' line 1 lacks the column 'category'; it has 'filename', 'fold', 'target'")]
    [InlineData("filename,fold,category\na.wav,1,dog\nb.wav,1,\n", "'f' line 3, column 'category' is empty")]
    [InlineData("filename,fold,category\na.wav,1\n", "'f' line 2 has 2 columns; it should have 3")]
    public void Wrong_Esc50_row_is_named(string text, string message) => AssertRefused(message, () => AudioLabels.Esc50(text, "f"));

    [Theory]
    [InlineData("1 id1/v/1.wav\n4 id1/v/2.wav", "'f' line 2, column 1 is '4'; it should be 1, 2 or 3")]
    [InlineData("1 id1/1.wav", "'f' line 1, column 2 is 'id1/1.wav'; it should be a path")]
    [InlineData("1", "'f' line 1, column 2 is ''")]
    public void Wrong_VoxCeleb_line_is_named(string text, string message) => AssertRefused(message, () => AudioLabels.VoxCeleb(text, "f"));

    [Theory]
    [InlineData("cat.wav", "", "'validation_list.txt' line 1 is 'cat.wav'")]
    [InlineData("", "dog/1.wav", "'testing_list.txt' names 1 sounds and none of the 1 that are there")]
    [InlineData("cat/1.wav", "cat/1.wav", "'testing_list.txt' line 1 is 'cat/1.wav', which is listed before, for validation")]
    public void Wrong_Speech_commands_list_is_named(string validation, string testing, string message) =>
        AssertRefused(message, () => AudioLabels.SpeechCommands("speech", ["cat/1.wav"], validation, testing));

    [Theory]
    [InlineData("{\n \"data\": [}", "'f' line 2, byte 11 is no JSON")]
    [InlineData("[]", "'f' has no list \"data\"")]
    [InlineData("{\"data\": []}", "'f' has no rows")]
    [InlineData("{\"data\": [{\"wav\": \"a\"}]}", "'f' data[0] lacks \"labels\"")]
    [InlineData("{\"data\": [{\"wav\": 3, \"labels\": \"a\"}]}", "'f' data[0].wav is 3; it should be a text")]
    [InlineData("{\"data\": [{\"wav\": \"a\", \"labels\": \",\"}]}", "'f' data[0].labels names no label")]
    [InlineData(
        "{\"data\": [{\"wav\": \"/a.wav\", \"labels\": \"x\"}]}",
        "'f' entry 1, column 'wav': '/a.wav' must be a path relative to the data"
    )]
    public void Wrong_Ast_entry_is_named(string text, string message) => AssertRefused(message, () => AstLabels.Read(text, "f"));

    private static void AssertRows(Row[] expected, LabelTable actual)
    {
        Assert.Equal(expected.Length, actual.Rows.Count);
        for (var i = 0; i < expected.Length; i++)
        {
            var row = actual.Rows[i];
            Assert.Equal(expected[i].Labels, row.Labels);
            Assert.Equal((expected[i].Path, expected[i].Split, expected[i].Group), (row.Path, row.Split, row.Group));
        }
    }

    private static void AssertRefused(string message, Action read) =>
        Assert.Contains(message, Assert.Throws<DataException>(read).Message, StringComparison.Ordinal);

    private sealed record Row(string Path, IReadOnlyList<string> Labels, string? Split, string? Group);
}
