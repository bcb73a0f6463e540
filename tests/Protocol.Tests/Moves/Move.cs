using Orchestrator.Protocol.Tests.World;

namespace Orchestrator.Protocol.Tests.Moves;

/// <summary>One thing that may happen next.</summary>
/// <param name="Text">For a schedule that people read.</param>
/// <param name="IsLuck">A fault, its repair, or a message that comes late: nothing that may be waited for.</param>
internal readonly record struct Move(string Text, bool IsLuck, ModelWorld After);
