using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Tests.Reference;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Backbones;

/// <summary>Positions at other sizes, against the five rules of the public codes.</summary>
public sealed class PositionInterpolationTests
{
    private const int Dim = 48;
    private const int Patch = 8;

    [Theory]
    [InlineData("image_dino_scale.48x48", PositionRule.Scale)]
    [InlineData("image_dino_scale.24x24", PositionRule.Scale)]
    [InlineData("image_dino_scale.48x32", PositionRule.Scale)]
    [InlineData("image_size.48x48", PositionRule.Size)]
    [InlineData("image_size.24x24", PositionRule.Size)]
    [InlineData("image_size.48x32", PositionRule.Size)]
    [InlineData("audio_dino_scale.72x16", PositionRule.Scale)]
    [InlineData("audio_dino_scale.24x16", PositionRule.Scale)]
    [InlineData("audio_size.72x16", PositionRule.Size)]
    [InlineData("audio_size.24x16", PositionRule.Size)]
    [InlineData("audio_ast.72x16", PositionRule.Ast)]
    [InlineData("audio_ast.24x16", PositionRule.Ast)]
    public void Interpolated_positions_are_the_references(string name, PositionRule rule)
    {
        var file = VectorFile.Open("pos_embed");
        var isImage = name.StartsWith("image", StringComparison.Ordinal);
        var table = file.Floats(isImage ? "image_pos_embed" : "audio_pos_embed");
        var from = isImage ? new GridSize(4, 4) : new GridSize(6, 2);
        var sides = name.Split('.')[1].Split('x').Select(side => int.Parse(side) / Patch).ToArray();
        var to = new GridSize(sides[0], sides[1]);
        var matrix = PositionInterpolation.Matrix(from, to, rule);
        var moved = new float[(1 + to.Count) * Dim];
        // The class token's stays.
        table.AsSpan(0, Dim).CopyTo(moved);
        for (var i = 0; i < to.Count; i++)
        {
            for (var d = 0; d < Dim; d++)
            {
                moved[((1 + i) * Dim) + d] = Enumerable
                    .Range(0, from.Count)
                    .Sum(j => matrix[(i * from.Count) + j] * table[((1 + j) * Dim) + d]);
            }
        }

        file.AssertClose(name, moved);
    }

    [Theory]
    [InlineData(PositionRule.Scale)]
    [InlineData(PositionRule.Size)]
    [InlineData(PositionRule.Ast)]
    public void Rows_sum_to_one_and_the_same_size_by_sizes_changes_nothing(PositionRule rule)
    {
        var (from, to) = (new GridSize(7, 3), new GridSize(4, 3));
        var matrix = PositionInterpolation.Matrix(from, to, rule);
        Assert.All(matrix.Chunk(from.Count), row => Assert.Equal(1, row.Sum(), 1e-6f));
        var same = PositionInterpolation.Matrix(from, from, rule == PositionRule.Scale ? PositionRule.Size : rule);
        Assert.All(same.Index(), value => Assert.Equal(value.Index % (from.Count + 1) == 0 ? 1 : 0, value.Item));
    }

    [Fact]
    public void Asts_rule_refuses_other_frequencies()
    {
        Assert.Contains(
            "second side, 2",
            Assert
                .Throws<ArgumentException>(() => PositionInterpolation.Matrix(new GridSize(6, 2), new GridSize(6, 1), PositionRule.Ast))
                .Message,
            StringComparison.Ordinal
        );
    }
}
