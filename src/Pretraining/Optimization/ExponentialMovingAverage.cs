using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Orchestrator.Pretraining.Optimization;

/// <summary>The teacher follows the student.</summary>
public static class ExponentialMovingAverage
{
    /// <summary>teacher ← momentum · teacher + (1 − momentum) · student.</summary>
    public static void Update(Span<float> teacher, ReadOnlySpan<float> student, double momentum)
    {
        var (keep, take) = ((float)momentum, (float)(1 - momentum));
        var t = MemoryMarshal.Cast<float, Vector512<float>>(teacher);
        var s = MemoryMarshal.Cast<float, Vector512<float>>(student);
        for (var i = 0; i < t.Length; i++)
        {
            t[i] = (t[i] * keep) + (s[i] * take);
        }

        for (var i = t.Length * Vector512<float>.Count; i < teacher.Length; i++)
        {
            teacher[i] = (teacher[i] * keep) + (student[i] * take);
        }
    }
}
