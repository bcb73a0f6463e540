namespace Orchestrator.Collectives.Algorithms;

/// <summary>Where a subtree's sum lives while a chunk is reduced.</summary>
internal enum OperandPlace
{
    /// <summary>The caller's contribution Index; never written.</summary>
    Own,

    /// <summary>Scratch slot Index.</summary>
    Slot,

    /// <summary>The plan's sum Index; written once, and read by no later step.</summary>
    Result,
}

internal readonly record struct Operand(OperandPlace Place, int Index);

internal enum ReductionAction
{
    /// <summary>Sum Part of rank Rank arrives in Into.</summary>
    Receive,

    /// <summary>Into = Left + Right; Into is Left, Right, or the result.</summary>
    Add,

    /// <summary>Into = Left; Into is a result.</summary>
    Copy,
}

/// <summary>One step of reducing a chunk at one rank.</summary>
internal readonly record struct ReductionStep(ReductionAction Action, int Rank, int Part, Operand Left, Operand Right, Operand Into)
{
    public static ReductionStep Receive(int rank, int part, Operand into) =>
        new(ReductionAction.Receive, rank, part, default, default, into);

    public static ReductionStep Add(Operand left, Operand right, Operand into) => new(ReductionAction.Add, -1, -1, left, right, into);

    public static ReductionStep Copy(Operand from, Operand into) => new(ReductionAction.Copy, -1, -1, from, default, into);
}
