namespace Orchestrator.Cli.Reports;

/// <summary>A shape that stands for one thing in a picture, so that more things than colors can be told apart.</summary>
public enum SvgMark
{
    Dot,
    Square,
    Diamond,

    /// <summary>A dot that is not filled.</summary>
    Ring,

    /// <summary>Upright.</summary>
    Bar,
}
