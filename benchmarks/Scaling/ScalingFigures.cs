namespace Orchestrator.Benchmarks.Scaling;

/// <summary>What one rank measured.</summary>
/// <param name="Seconds">From the first size's begin to the last one's end.</param>
/// <param name="MachineSeconds">That the machine's cores were busy meanwhile, with whatever.</param>
/// <param name="OwnSeconds">Of processor time of this rank meanwhile.</param>
internal sealed record ScalingFigures(SizeFigures[] Sizes, double Seconds, double MachineSeconds, double OwnSeconds);
