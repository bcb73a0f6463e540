namespace Orchestrator.Pretraining.Checkpoints;

/// <summary>A checkpoint or safetensors file cannot be written, or is not what it should be: the message names the file and what is wrong.</summary>
public sealed class CheckpointException : Exception
{
    public CheckpointException(string message)
        : base(message) { }

    public CheckpointException(string message, Exception inner)
        : base(message, inner) { }
}
