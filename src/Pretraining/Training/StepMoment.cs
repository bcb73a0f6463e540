namespace Orchestrator.Pretraining.Training;

/// <summary>Boundaries between the phases of a step, in order; failpoints and tests hook here.</summary>
public enum StepMoment
{
    Begun,
    ViewsReady,
    StatisticsExchanged,
    BackwardDone,
    GradientsExchanged,
    Committed,
}
