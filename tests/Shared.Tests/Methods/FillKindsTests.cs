using System.Text.Json;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Shared.Tests.Methods;

public sealed class FillKindsTests
{
    [Fact]
    public void One_kind_is_a_word_in_json_and_several_are_a_list()
    {
        FillKinds one = FillKind.SameImage;
        var several = new FillKinds(FillKind.Noise, FillKind.Zeros);
        Assert.Equal("\"same-image\"", JsonSerializer.Serialize(one, RunSpecJson.Options));
        Assert.Equal("[\"noise\",\"zeros\"]", JsonSerializer.Serialize(several, RunSpecJson.Options));
        Assert.Equal(one, JsonSerializer.Deserialize<FillKinds>("\"same-image\"", RunSpecJson.Options));
        Assert.Equal(several, JsonSerializer.Deserialize<FillKinds>("[\"noise\",\"zeros\"]", RunSpecJson.Options));
    }

    [Fact]
    public void Kinds_are_compared_by_what_is_in_them_and_by_their_order()
    {
        Assert.Equal(new FillKinds(FillKind.Noise, FillKind.Zeros), new FillKinds(FillKind.Noise, FillKind.Zeros));
        Assert.NotEqual(new FillKinds(FillKind.Zeros, FillKind.Noise), new FillKinds(FillKind.Noise, FillKind.Zeros));
        Assert.NotEqual<FillKinds>(FillKind.Noise, FillKind.Zeros);
    }

    [Fact]
    public void None_and_the_same_twice_are_no_fill()
    {
        Assert.Throws<ArgumentException>(() => new FillKinds());
        Assert.Throws<ArgumentException>(() => new FillKinds(FillKind.Noise, FillKind.Noise));
    }
}
