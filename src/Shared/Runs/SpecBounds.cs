using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Orchestrator.Shared.Runs;

/// <summary>
/// What a document would be once it is built: a short one can nest so deep that building it ends the process (its stack), or name the same part so often that
/// it never ends. Looked at event by event, before anything is built.
/// </summary>
internal static class SpecBounds
{
    /// <summary>Mappings and lists within one another; a spec has 6.</summary>
    public const int MostDepth = 32;

    /// <summary>Characters of values, and one for each value, list and mapping, with what aliases stand for counted each time. Without aliases no document comes near.</summary>
    public const int MostSize = 4 * RunSpecParser.MaxLength;

    /// <returns>What is wrong, or null.</returns>
    /// <exception cref="YamlException">It is no YAML.</exception>
    public static string? Problem(string document)
    {
        var parser = new Parser(new StringReader(document));
        var open = new Stack<(AnchorName Anchor, int From)>();
        var sizes = new Dictionary<AnchorName, int>();
        var size = 0;
        while (parser.MoveNext())
        {
            switch (parser.Current)
            {
                case AnchorAlias alias:
                    if (!sizes.TryGetValue(alias.Value, out var stoodFor))
                    {
                        return $"the alias *{alias.Value} at line {alias.Start.Line} stands for nothing that is complete before it";
                    }

                    size += stoodFor;
                    break;
                case MappingStart or SequenceStart:
                    open.Push((((NodeEvent)parser.Current).Anchor, size++));
                    if (open.Count > MostDepth)
                    {
                        return $"nested deeper than {MostDepth} at line {parser.Current.Start.Line}";
                    }

                    break;
                case MappingEnd or SequenceEnd:
                    var (anchor, from) = open.Pop();
                    Remember(anchor, size - from);
                    break;
                case Scalar scalar:
                    size += 1 + scalar.Value.Length;
                    Remember(scalar.Anchor, 1 + scalar.Value.Length);
                    break;
                default:
                    break;
            }

            if (size > MostSize)
            {
                return $"has more than {MostSize} characters, with what its aliases stand for";
            }
        }

        return null;

        void Remember(AnchorName anchor, int weight)
        {
            if (!anchor.IsEmpty)
            {
                sizes[anchor] = weight;
            }
        }
    }
}
