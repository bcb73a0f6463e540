using Orchestrator.Pretraining.Corruption;
using Orchestrator.Pretraining.Data;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Corruption;

/// <summary>Against <c>gmml_blocks</c>: the reference's painting of blocks from given raw integers, exactly.</summary>
public sealed class BlockPaintingTests
{
    private static readonly ImageSize Size = new(24, 20, 3);
    private readonly BlockVectors vectors = new("gmml_blocks.safetensors");

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Blocks_lie_where_the_reference_puts_them(int align)
    {
        var expected = vectors
            .Integers($"rects_align{align}")
            .Chunk(4)
            .Select(r => new MaskBlock((int)r[0], (int)r[1], (int)r[2], (int)r[3]));
        Assert.Equal(expected, Blocks(align));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Masks_zeros_and_another_image_are_the_references(int align)
    {
        var mask = new byte[Size.Area];
        var added = Blocks(align).Sum(block => BlockPainting.Mark(mask, Size, block));
        Assert.Equal(vectors.Floats($"mask_align{align}"), mask.Select(m => (float)m));
        Assert.Equal(mask.Sum(m => m), added);

        var zeros = vectors.Floats("x");
        BlockPainting.FillZeros(zeros, Size, mask);
        Assert.Equal(vectors.Floats($"zeros_align{align}"), zeros);

        var other = vectors.Floats("x");
        BlockPainting.FillFrom(other, Size, mask, vectors.Floats("other"));
        Assert.Equal(vectors.Floats($"other_align{align}"), other);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Copies_from_the_same_image_see_what_earlier_blocks_did(int align)
    {
        var image = vectors.Floats("x");
        foreach (var block in Blocks(align))
        {
            var row = (Size.Height - block.Height) / 2 / align * align;
            var column = (Size.Width - block.Width) / 3 / align * align;
            BlockPainting.CopyWithin(image, Size, block, row, column);
        }

        Assert.Equal(vectors.Floats($"self_align{align}"), image);
    }

    private MaskBlock[] Blocks(int align) =>
        vectors
            .Integers($"draws_align{align}")
            .Chunk(4)
            .Select(d => MaskBlock.Place((int)d[0], (int)d[1], (int)d[2], (int)d[3], align, Size.Height, Size.Width))
            .ToArray();
}
