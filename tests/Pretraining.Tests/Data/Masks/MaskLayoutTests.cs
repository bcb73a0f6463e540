using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Masks;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data.Masks;

public sealed class MaskLayoutTests
{
    private static readonly string[] Voc =
    [
        "JPEGImages/1.jpg",
        "JPEGImages/2.jpg",
        "JPEGImages/3.jpg",
        "SegmentationClass/1.png",
        "SegmentationClass/2.png",
        "SegmentationObject/1.png",
    ];

    [Fact]
    public void Images_and_masks_are_paired_by_path_without_extension() =>
        Assert.Equal(
            [new MaskedImage("images/a/1.jpg", "masks/a/1.png", null), new MaskedImage("images/b.c/2.webp", "masks/b.c/2.png", null)],
            MaskLayout.Pair(
                ["masks/b.c/2.png", "images/b.c/2.webp", "images/a/1.jpg", "masks/a/1.png", "notes/1.txt"],
                "images",
                "masks/",
                "set"
            )
        );

    [Fact]
    public void Lonely_double_and_missing_files_are_refused()
    {
        Refused(
            "'set/images/2.jpg' has no mask of the same name (masks/…png), 1 of 2",
            () => Pair("images/1.jpg", "images/2.jpg", "masks/1.png")
        );
        Refused("'set/masks/2.png' has no image of the same name", () => Pair("images/1.jpg", "masks/1.png", "masks/2.png"));
        Refused("'images/1.jpg' and 'images/1.png'", () => Pair("images/1.jpg", "images/1.png", "masks/1.png"));
        Refused("no file in 'masks'", () => Pair("images/1.jpg"));

        static void Pair(params string[] paths) => MaskLayout.Pair(paths, "images", "masks", "set");
    }

    [Fact]
    public void Lists_of_VOC_say_which_images_count_and_in_which_split()
    {
        var lists = Lists(("train", "2\r\n"), ("val", "1\n"), ("trainval", "1\n2\n"));
        Assert.Equal(
            [
                new MaskedImage("JPEGImages/1.jpg", "SegmentationClass/1.png", "val"),
                new MaskedImage("JPEGImages/2.jpg", "SegmentationClass/2.png", "train"),
            ],
            MaskLayout.Voc(Voc, lists, "VOC2012")
        );
        Assert.Equal(["trainval"], MaskLayout.Voc(Voc, Lists(("trainval", "1")), "VOC2012").Select(m => m.Split));
    }

    [Fact]
    public void List_that_names_what_is_not_there_or_twice_is_refused()
    {
        Refused(
            "train.txt' line 2 names '9', and there is no JPEGImages/9.jpg",
            () => MaskLayout.Voc(Voc, Lists(("train", "1\n9")), "voc")
        );
        Refused("there is no SegmentationClass/3.png", () => MaskLayout.Voc(Voc, Lists(("train", "3")), "voc"));
        Refused("and so does ImageSets/Segmentation/train.txt", () => MaskLayout.Voc(Voc, Lists(("train", "1"), ("val", "1")), "voc"));
        Refused("name no image", () => MaskLayout.Voc(Voc, Lists(("train", "\n")), "voc"));
        Refused("has no list", () => MaskLayout.Voc(Voc, Lists(), "voc"));
    }

    private static Dictionary<string, string> Lists(params (string Name, string Text)[] lists) =>
        lists.ToDictionary(l => $"ImageSets/Segmentation/{l.Name}.txt", l => l.Text, StringComparer.Ordinal);

    private static void Refused(string reason, Action read) =>
        Assert.Contains(reason, Assert.Throws<DataException>(read).Message, StringComparison.Ordinal);
}
