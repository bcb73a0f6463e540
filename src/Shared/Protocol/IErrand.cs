namespace Orchestrator.Shared.Protocol;

/// <summary>Work that an idle worker does alone and reports by <see cref="EvaluationReported"/>: one at a time, and no run meanwhile.</summary>
public interface IErrand
{
    /// <summary>The run that it is about.</summary>
    string Run { get; }

    /// <summary>The same key is the same work.</summary>
    string EvaluationKey { get; }
}
