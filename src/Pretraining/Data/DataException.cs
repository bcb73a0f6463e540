namespace Orchestrator.Pretraining.Data;

/// <summary>The data of a run cannot be used. The message names the file or value, what is wrong with it, and what would be right.</summary>
public sealed class DataException : Exception
{
    public DataException(string message)
        : base(message) { }

    public DataException(string message, Exception innerException)
        : base(message, innerException) { }
}
