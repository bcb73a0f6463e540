namespace Orchestrator.Coordinator.Backup;

/// <summary>A backup cannot be made or restored; the message says why, and what would be right, as it goes on behind the file's name.</summary>
public sealed class BackupException(string message, Exception? inner = null) : Exception(message, inner);
