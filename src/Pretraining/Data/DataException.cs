namespace Orchestrator.Pretraining.Data;

/// <summary>The data of a run cannot be used. The message names the file or value, what is wrong with it, and what would be right.</summary>
public sealed class DataException : Exception
{
    public DataException(string message)
        : base(message) { }

    public DataException(string message, Exception innerException)
        : base(message, innerException) { }

    /// <summary>The bytes could not be had on this machine; another one may have them. Else what is wrong is in the bytes, and every machine sees it alike.</summary>
    public bool IsUnreadable { get; init; }
}
