using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Index;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data.Index;

public sealed class SampleOrderTests
{
    // Five patients of 1 … 5 scans.
    private static readonly ListedSample[] Scans =
    [
        .. Enumerable
            .Range(1, 5)
            .SelectMany(patient =>
                Enumerable
                    .Range(0, patient)
                    .Select(scan => new ListedSample($"{scan}/{patient}.png", 1)
                    {
                        Group = $"p{patient}",
                        Split = patient < 4 ? "train" : "valid",
                    })
            ),
    ];

    private static SampleListing Listing(params ListedSample[] samples) => new("set", "set", samples, []);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Whole_groups_are_held_out(int holdOut)
    {
        var (samples, kept) = SampleOrder.Of(Listing(Scans), new DataSpec { Images = "set", HoldOut = holdOut });
        Assert.Equal(Scans.Length, samples.Distinct().Count());
        var heldOut = samples.Skip(kept).Select(s => s.Group).ToHashSet();
        Assert.Equal(holdOut, heldOut.Count);
        Assert.DoesNotContain(samples.Take(kept), s => heldOut.Contains(s.Group));
    }

    [Fact]
    public void Holding_every_group_out_is_refused() =>
        Assert.Contains(
            "data.holdOut 5 counts groups here",
            Assert.Throws<DataException>(() => SampleOrder.Of(Listing(Scans), new DataSpec { Images = "set", HoldOut = 5 })).Message
        );

    [Fact]
    public void Split_is_held_out_and_no_other()
    {
        var (samples, kept) = SampleOrder.Of(Listing(Scans), new DataSpec { Images = "set", HoldOutSplit = "valid" });
        Assert.Equal(6, kept);
        Assert.All(samples.Take(kept), s => Assert.Equal("train", s.Split));
        Assert.All(samples.Skip(kept), s => Assert.Equal("valid", s.Split));
    }

    [Fact]
    public void Split_that_is_not_there_is_named_with_those_that_are() =>
        Assert.Contains(
            "data.holdOutSplit 'test' is no split of 'set'; its splits: train, valid",
            Assert
                .Throws<DataException>(() => SampleOrder.Of(Listing(Scans), new DataSpec { Images = "set", HoldOutSplit = "test" }))
                .Message
        );

    [Fact]
    public void Order_does_not_depend_on_the_listing()
    {
        var data = new DataSpec { Images = "set" };
        var names = SampleOrder.Of(Listing(Scans), data).Samples.Select(s => s.Name).ToArray();
        Assert.Equal(names, SampleOrder.Of(Listing([.. Scans.Reverse()]), data).Samples.Select(s => s.Name));
        // Samples of a group are neighbours: five runs.
        var groups = SampleOrder.Of(Listing(Scans), data).Samples.Select(s => s.Group).ToArray();
        Assert.Equal(4, groups.Zip(groups.Skip(1)).Count(pair => pair.First != pair.Second));
    }

    [Fact]
    public void Unlabeled_samples_are_in_ordinal_order() =>
        Assert.Equal(
            ["B", "a", "b"],
            SampleOrder
                .Of(Listing(new ListedSample("b", 1), new ListedSample("B", 1), new ListedSample("a", 1)), new DataSpec { Images = "set" })
                .Samples.Select(s => s.Name)
        );
}
