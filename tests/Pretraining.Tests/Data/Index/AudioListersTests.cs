using System.Text;
using Orchestrator.Pretraining.Tests.Data.Audio;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data.Index;

/// <summary>Published layouts over sounds that sox and ffmpeg wrote.</summary>
public sealed class AudioListersTests : IDisposable
{
    private readonly DataFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Audioset_finds_clips_by_id_with_names_and_leaves_the_others_out()
    {
        Sounds("clips/--PJHxphWEs.wav", "clips/a/-1nilez17Dg_30.000.flac", "clips/Y07fghylishw.ogg", "clips/other.wav");
        Write(
            "lists/eval.csv",
            """
            # YTID, start_seconds, end_seconds, positive_labels
            --PJHxphWEs, 30.000, 40.000, "/m/09x0r,/t/dd00088"
            -1nilez17Dg, 30.000, 40.000, "/m/09x0r"
            07fghylishw, 0.000, 10.000, "/t/dd00088"
            gone4567890, 0.000, 10.000, "/m/09x0r"
            """
        );
        Write("lists/class_labels_indices.csv", "index,mid,display_name\n0,/m/09x0r,\"Speech\"\n1,/t/dd00088,\"Chirp, tweet\"\n");
        var index = Listings.Index(folder.Root, Audioset);
        Assert.Equal(
            ["clips/--PJHxphWEs.wav", "clips/Y07fghylishw.ogg", "clips/a/-1nilez17Dg_30.000.flac"],
            index.Names().Order(StringComparer.Ordinal)
        );
        Assert.Equal(["Chirp, tweet", "Speech"], index.ClassNames!);
        Assert.Null(index.Labels);
        Assert.Equal([0, 1], index.LabelsOf(Array.IndexOf(index.Names(), "clips/--PJHxphWEs.wav")));
    }

    [Theory]
    [InlineData("other.wav", "none of the 1 sounds in 'clips' is named by one of the 1 ids of 'lists/eval.csv'")]
    [InlineData("--PJHxphWEs.wav,b/--PJHxphWEs_0.flac", "has two clips of '--PJHxphWEs'")]
    public void Audioset_of_other_clips_or_with_one_twice_is_refused(string sounds, string message)
    {
        Sounds([.. sounds.Split(',').Select(name => "clips/" + name)]);
        Write("lists/eval.csv", "--PJHxphWEs, 30.000, 40.000, \"/m/09x0r\"\n");
        Assert.Contains(message, Listings.Error(folder.Root, Audioset), StringComparison.Ordinal);
    }

    [Fact]
    public void Esc50_has_categories_folds_and_sources()
    {
        Sounds("esc/audio/1-100032-A-0.wav", "esc/audio/1-100032-B-0.wav", "esc/audio/5-9032-A-0.wav");
        Write(
            "esc/meta/esc50.csv",
            """
            filename,fold,target,category,esc10,src_file,take
            1-100032-A-0.wav,1,0,dog,True,100032,A
            1-100032-B-0.wav,1,0,dog,True,100032,B
            5-9032-A-0.wav,5,1,rooster,True,9032,A
            """
        );
        var data = new DataSpec
        {
            Audio = "esc",
            Layout = DataLayout.Esc50,
            HoldOutSplit = "5",
        };
        var index = Listings.Index(folder.Root, data);
        Assert.Equal("esc/audio/5-9032-A-0.wav", index.Names()[^1]);
        Assert.Equal(2, index.PretrainingCount);
        Assert.Equal(["dog", "rooster"], index.ClassNames!);
        Assert.Equal([0, 0, 1], index.Labels!);
        Assert.Equal(index.GroupOf(0), index.GroupOf(1));
        File.Delete(Path.Combine(folder.Root, "esc/audio/5-9032-A-0.wav"));
        Assert.Contains(
            "line 4 names '5-9032-A-0.wav', which is not in 'esc/audio'",
            Listings.Error(folder.Root, data),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Speech_commands_has_words_splits_and_speakers_and_no_background_noise()
    {
        Sounds("sc/cat/0a_nohash_0.wav", "sc/dog/0b_nohash_0.wav", "sc/dog/0c_nohash_0.wav", "sc/_background_noise_/pink.wav");
        Write("sc/validation_list.txt", "dog/0b_nohash_0.wav\n");
        Write("sc/testing_list.txt", "dog/0c_nohash_0.wav\n");
        var data = new DataSpec { Audio = "sc/", Layout = DataLayout.SpeechCommands };
        var index = Listings.Index(folder.Root, data with { HoldOutSplit = "testing" });
        Assert.Equal(3, index.Count);
        Assert.Equal("sc/dog/0c_nohash_0.wav", index.Names()[^1].Replace("//", "/", StringComparison.Ordinal));
        Assert.Equal((2, 1), (index.PretrainingCount, index.Labels![^1]));
        Assert.Contains(
            "'tests' is no split of 'sc/'; its splits: testing, training, validation",
            Listings.Error(folder.Root, data with { HoldOutSplit = "tests" }),
            StringComparison.Ordinal
        );
        File.Delete(Path.Combine(folder.Root, "sc/testing_list.txt"));
        Assert.Contains("'sc/testing_list.txt' is no file", Listings.Error(folder.Root, data), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vox/iden_split.txt", null)]
    [InlineData("iden_split.txt", null)]
    [InlineData("lists/mine.txt", "lists/mine.txt")]
    public void Voxceleb_has_speakers_and_splits_from_its_list(string list, string? labels)
    {
        Sounds("vox/id10001/J9lHsKG98U8/00006.wav", "vox/id10003/na8-QEFmj44/00003.wav");
        Write(list, "1 id10003/na8-QEFmj44/00003.wav\n3 id10001/J9lHsKG98U8/00006.wav\n");
        var data = new DataSpec
        {
            Audio = "vox",
            Layout = DataLayout.Voxceleb,
            Labels = labels,
            HoldOutSplit = "testing",
        };
        var index = Listings.Index(folder.Root, data);
        Assert.Equal(["vox/id10003/na8-QEFmj44/00003.wav", "vox/id10001/J9lHsKG98U8/00006.wav"], index.Names());
        Assert.Equal([1, 0], index.Labels!);
        File.Delete(Path.Combine(folder.Root, list));
        Assert.Contains("it should be the list of speakers and splits", Listings.Error(folder.Root, data), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sets/list.json", null)]
    [InlineData("sets", "sets/list.json")]
    public void Ast_list_is_a_manifest_or_labels_a_folder(string audio, string? labels)
    {
        Sounds("sets/x/a.wav", "sets/x/b.flac", "sets/x/c.ogg");
        Write("sets/list.json", """{"data": [{"wav": "x/a.wav", "labels": "/m/2"}, {"wav": "x/c.ogg", "labels": "/m/1"}]}""");
        var index = Listings.Index(folder.Root, new DataSpec { Audio = audio, Labels = labels });
        Assert.Equal(["sets/x/a.wav", "sets/x/c.ogg"], index.Names().Order(StringComparer.Ordinal));
        Assert.Equal(["/m/1", "/m/2"], index.ClassNames!);
        Assert.Equal(1, index.Labels![Array.IndexOf(index.Names(), "sets/x/a.wav")]);
    }

    [Fact]
    public void Ast_list_that_names_no_file_says_which_entry()
    {
        Sounds("sets/a.wav");
        Write("sets/list.json", """{"data": [{"wav": "a.wav", "labels": "x"}, {"wav": "b.wav", "labels": "y"}]}""");
        Assert.Contains(
            "'sets/list.json' entry 2 names 'b.wav', which is not in 'sets'",
            Listings.Error(folder.Root, new DataSpec { Audio = "sets/list.json" }),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Layout_of_a_file_or_an_empty_folder_is_refused()
    {
        Sounds("a.wav");
        Write("empty/audio/readme.txt", "no sound");
        Write("empty/meta/esc50.csv", "filename,fold,category\na.wav,1,dog\n");
        var data = new DataSpec { Audio = "a.wav", Layout = DataLayout.Esc50 };
        Assert.Contains("data.audio 'a.wav' is no folder", Listings.Error(folder.Root, data), StringComparison.Ordinal);
        Assert.Contains(
            "'empty/audio' holds no sound",
            Listings.Error(folder.Root, data with { Audio = "empty" }),
            StringComparison.Ordinal
        );
    }

    private static DataSpec Audioset =>
        new()
        {
            Audio = "clips",
            Layout = DataLayout.Audioset,
            Labels = "lists/eval.csv",
        };

    private void Sounds(params string[] paths)
    {
        foreach (var path in paths)
        {
            folder.Write(
                path,
                AudioFiles.Read(
                    Path.GetExtension(path) switch
                    {
                        ".flac" => "s16.flac",
                        ".ogg" => "sox.ogg",
                        _ => "s16.wav",
                    }
                )
            );
        }
    }

    private void Write(string path, string text) => folder.Write(path, Encoding.UTF8.GetBytes(text));
}
