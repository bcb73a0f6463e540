namespace Orchestrator.Shared.Protocol;

/// <summary>Marks what may cross between coordinators and workers; bound to <see cref="Serialization.ControlMessageSerializer"/>.</summary>
public interface IControlMessage;
