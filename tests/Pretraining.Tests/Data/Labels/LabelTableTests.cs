using System.Text;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Labels;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data.Labels;

public sealed class LabelTableTests
{
    [Fact]
    public void Columns_are_found_by_their_usual_names()
    {
        var table = File("esc50.csv");
        Assert.Equal(["1-100032-A-0.wav", "1-100038-A-14.wav", "2-100786-A-1.wav"], table.Rows.Select(r => r.Path));
        Assert.Equal(["dog", "chirping_birds", "rooster"], table.Rows.Select(r => r.Labels.Single()));
        Assert.Equal([("1", 2), ("1", 3), ("2", 4)], table.Rows.Select(r => (r.Split!, r.Line)));
        Assert.All(table.Rows, row => Assert.Null(row.Group));
        Assert.False(table.IsMultiLabel);
        var numbers = table.Number();
        Assert.Equal(["chirping_birds", "dog", "rooster"], numbers.Names!);
        Assert.Equal([1, 0, 2], numbers.Single());
    }

    [Fact]
    public void Given_columns_take_the_place_of_found_ones()
    {
        var table = File(
            "esc50.csv",
            new LabelTableOptions { Columns = new LabelColumns(Label: "esc10", Group: "src_file", Split: "TAKE") }
        );
        Assert.Equal(
            [("True", "100032", "A"), ("False", "100038", "A"), ("True", "100786", "A")],
            table.Rows.Select(r => (r.Labels[0], r.Group!, r.Split!))
        );
    }

    [Fact]
    public void Whole_numbers_stay_the_numbers_they_are()
    {
        var table = File("numbers.csv");
        var numbers = table.Number();
        Assert.Equal([10, 2, 0], numbers.Single());
        Assert.Null(numbers.Names);
        Assert.Equal((11, 20), (numbers.Classes, table.Number(20).Classes));
        Assert.Equal(["p1", "p1", "p2"], table.Rows.Select(r => r.Group!));
        Refused("'numbers.csv' line 2 has the label 10 for 'a/1.png'; with 10 classes labels are 0 … 9", () => table.Number(10));
        Refused("label 99999999999", () => Csv("path,label\na,99999999999").Number());
    }

    [Fact]
    public void Names_beyond_the_given_classes_are_refused() =>
        Refused("has 3 labels and room for 2 classes; line 4 has 'rooster'", () => File("esc50.csv").Number(2));

    [Fact]
    public void Cell_with_separators_holds_several_labels()
    {
        var table = File("several.csv");
        Assert.True(table.IsMultiLabel);
        Assert.Equal(
            [
                ["speech", "music"],
                ["music"],
                ["dog", "speech"],
            ],
            table.Rows.Select(r => r.Labels)
        );
        Assert.Equal(
            [
                [1, 2],
                [1],
                [0, 2],
            ],
            table.Number().OfRows
        );
        Assert.Equal("speech;music", File("several.csv", new LabelTableOptions { Separators = "" }).Rows[0].Labels.Single());
    }

    [Fact]
    public void One_hot_columns_are_labels_and_may_all_be_zero()
    {
        var table = File("one-hot.csv");
        Assert.Equal(
            [
                ["edema"],
                ["edema", "mass"],
                [],
            ],
            table.Rows.Select(r => r.Labels)
        );
        Assert.Equal(["train", "train", "valid"], table.Rows.Select(r => r.Split!));
        Assert.True(table.IsMultiLabel);
        var given = Csv("path,cat,dog\na,0,1", new LabelTableOptions { Columns = new LabelColumns(OneHot: ["dog", "cat"]) });
        Assert.Equal(["dog"], given.Rows[0].Labels);
    }

    [Fact]
    public void Quotes_line_ends_in_quotes_byte_order_mark_and_tabs_are_read()
    {
        var table = File("quotes.csv");
        Assert.Equal(["a, \"b\".png", "two\nlines.png", "last.png"], table.Rows.Select(r => r.Path));
        Assert.Equal(["Röhre, groß", "x", "Röhre, groß"], table.Rows.Select(r => r.Labels.Single()));
        Assert.Equal(["a,b", "c"], File("tabs.tsv").Rows.Select(r => r.Labels.Single()));
    }

    [Fact]
    public void Json_lines_hold_lists_numbers_and_missing_keys()
    {
        var table = File("lines.jsonl");
        Assert.True(table.IsMultiLabel);
        Assert.Equal(
            [
                ["speech", "music"],
                [],
                ["music"],
            ],
            table.Rows.Select(r => r.Labels)
        );
        Assert.Equal(
            [("1.wav", "7", null, 1), ("2.wav", "7", null, 2), ("ü/3.wav", "8", "test", 3)],
            table.Rows.Select(r => (r.Path, r.Group, r.Split, r.Line))
        );
        Assert.Equal(["dog"], Json("{\"path\":\"a\",\"label:dog\":true,\"label:cat\":0}").Rows[0].Labels);
        Assert.Equal([3], Json("{\"path\":\"a\",\"label\":3}").Number().Single());
    }

    [Fact]
    public void Path_twice_with_the_same_labels_counts_once() => Assert.Equal(2, Csv("path,label\na,x\nb,y\n./a,x\n").Rows.Count);

    [Fact]
    public void Table_without_labels_is_read_where_none_are_required() =>
        Assert.Empty(Csv("path\na.png", new LabelTableOptions { RequireLabels = false }).Rows[0].Labels);

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("path,label\n", "has no rows")]
    [InlineData("path,species\na,cat", "no label column (label, labels, class, category, target, label:…); its columns are: path, species")]
    [InlineData("where,label\na,cat", "no path column (path, file, filename, file_name, image, wav); its columns are: where, label")]
    [InlineData("path,label,Label\na,b,c", "two columns 'label'")]
    [InlineData("path,label\na,x\nb,", "line 3, column 'label' has an empty label in ''")]
    [InlineData("path,label\na,x;", "line 2, column 'label' has an empty label in 'x;'")]
    [InlineData("path,label\n,x", "line 2, column 'path' is empty")]
    [InlineData("path,label\na,x\nb", "line 3 has 1 columns and the header 2 (path, label)")]
    [InlineData("path,label\na,x,y", "line 2 has 3 columns")]
    [InlineData("path,label\n/etc/passwd,x", "column 'path': '/etc/passwd' must be a path relative to the data")]
    [InlineData("path,label\na/../../b,x", "without '..'")]
    [InlineData("path,label\na\\..\\b,x", "without '..'")]
    [InlineData("path,label\nC:\\b.png,x", "must be a path relative")]
    [InlineData("path,label\na,x\nb,y\na,y", "line 4, column 'path': 'a' has the labels 'y', and 'x' in line 2")]
    [InlineData("path,label,patient\na,x,1\na,x,2", "has the group '2', and '1' in line 2")]
    [InlineData("path,label,split\na,x,train\na,x,valid", "has the split 'valid', and 'train' in line 2")]
    [InlineData("path,label:dog\na,2", "line 2, column 'label:dog' is '2'; a one-hot column holds 0 or 1")]
    [InlineData("path,label\na,x\nb\"c,y", "line 3 has a quote that is out of place")]
    [InlineData("path,label\na,\"x\nb,y\n", "quote")]
    public void Csv_with_a_fault_is_refused_with_line_column_and_value(string text, string reason)
    {
        Refused("'t.csv'", () => Csv(text));
        Refused(reason, () => Csv(text));
    }

    [Theory]
    [InlineData("{\"path\":\"a\",\"label\":\"x\"}\n{\"path\":", "line 2 is not JSON")]
    [InlineData("[1]", "line 1 is a JSON array; each line is an object")]
    [InlineData(
        "{\"path\":\"a\",\"species\":\"x\"}",
        "line 1 has no label key (label, labels, class, category, target); its keys are: path, species"
    )]
    [InlineData("{\"label\":\"x\"}", "has no path key")]
    [InlineData("{\"path\":\"a\",\"label\":1.5}", "line 1, column 'label' is 1.5; a text or a whole number is right")]
    [InlineData("{\"path\":\"a\",\"label\":[\"\"]}", "column 'label' is empty")]
    [InlineData("{\"path\":\"../a\",\"label\":\"x\"}", "without '..'")]
    [InlineData("{\"path\":null,\"label\":\"x\"}", "column 'path' is empty")]
    [InlineData("{\"path\":\"a\",\"label:dog\":\"yes\"}", "column 'label:dog' is \"yes\"; a one-hot key holds 0, 1, false or true")]
    public void Json_line_with_a_fault_is_refused_with_line_key_and_value(string text, string reason)
    {
        Refused("'t.jsonl'", () => Json(text));
        Refused(reason, () => Json(text));
    }

    [Fact]
    public void Given_column_that_is_not_there_is_named()
    {
        var options = new LabelTableOptions { Columns = new LabelColumns(Group: "patient_id") };
        Refused("no group column (patient_id); its columns are: path, label", () => Csv("path,label\na,x", options));
        Refused("no one-hot column (dog)", () => Csv("path\na", new LabelTableOptions { Columns = new LabelColumns(OneHot: ["dog"]) }));
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_and_unknown_extensions_are_refused()
    {
        Refused("is not UTF-8", () => LabelTable.Read(new MemoryStream([.. "path,label\n"u8, 0xE4, .. ",x"u8]), "t.csv"));
        Refused("must end in .csv, .tsv, .jsonl or .ndjson", () => LabelTable.Read(new MemoryStream([1]), "t.xlsx"));
    }

    private static LabelTable File(string name, LabelTableOptions? options = null)
    {
        using var file = System.IO.File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Files", "labels", name));
        return LabelTable.Read(file, name, options);
    }

    private static LabelTable Csv(string text, LabelTableOptions? options = null) =>
        LabelTable.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), "t.csv", options);

    private static LabelTable Json(string text) => LabelTable.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), "t.jsonl");

    private static void Refused(string reason, Action read) =>
        Assert.Contains(reason, Assert.Throws<DataException>(read).Message, StringComparison.Ordinal);
}
