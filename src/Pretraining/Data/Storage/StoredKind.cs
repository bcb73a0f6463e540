namespace Orchestrator.Pretraining.Data.Storage;

/// <summary>What stands at a path.</summary>
public enum StoredKind
{
    Nothing,
    File,
    Folder,
}
