using System.Security.Cryptography;
using Orchestrator.Pretraining.Checkpoints;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Checkpoints;

public sealed class TensorDigestTests
{
    private static readonly NamedFloats First = new("a", [1, 2], new float[] { 1, -2 });
    private static readonly NamedFloats Second = new("é", [], new float[] { 3 });

    [Fact]
    public void The_framing_is_the_documented_one()
    {
        byte[] framed =
        [
            1,
            0,
            0,
            0,
            (byte)'a',
            .. "F32"u8,
            2,
            0,
            0,
            0,
            1,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            2,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0x80,
            0x3F,
            0,
            0,
            0,
            0xC0,
            2,
            0,
            0,
            0,
            0xC3,
            0xA9,
            .. "F32"u8,
            0,
            0,
            0,
            0,
            0,
            0,
            0x40,
            0x40,
        ];
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(framed)), TensorDigest.Sha256([First, Second]));
    }

    [Fact]
    public void Order_does_not_count_but_name_shape_and_every_bit_do()
    {
        var digest = TensorDigest.Sha256([First, Second]);
        Assert.Equal(digest, TensorDigest.Sha256([Second, First]));
        Assert.NotEqual(digest, TensorDigest.Sha256([First with { Name = "b" }, Second]));
        Assert.NotEqual(digest, TensorDigest.Sha256([First with { Shape = [2, 1] }, Second]));
        Assert.NotEqual(digest, TensorDigest.Sha256([First with { Values = new float[] { 1, MathF.BitIncrement(-2) } }, Second]));
        Assert.NotEqual(
            TensorDigest.Sha256([Second with { Values = new float[] { 0 } }]),
            TensorDigest.Sha256([Second with { Values = new float[] { -0f } }])
        );
    }
}
