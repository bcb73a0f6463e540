using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Evaluation.Exams;

/// <summary>
/// Exams side by side, each padded with slices of zeros to the longest: <c>[B, T, d]</c>. The mask tells slices from padding; what is
/// computed of padding counts nowhere.
/// </summary>
internal sealed class PaddedExams : IDisposable
{
    private const int Batch = 32;
    private readonly bool[] mask;

    /// <param name="exams">Where they are taken from.</param>
    /// <param name="numbers">Which.</param>
    /// <param name="length">T; at least the slices of the longest.</param>
    public PaddedExams(ExamSlices exams, IReadOnlyList<int> numbers, int length)
    {
        (Numbers, Length, mask) = (numbers, length, new bool[numbers.Count * length]);
        Slices = zeros([numbers.Count * length, exams.Features.Columns], dtype: ScalarType.Float32).DetachFromDisposeScope();
        var values = MemoryMarshal.Cast<byte, float>(Slices.bytes);
        for (var i = 0; i < numbers.Count; i++)
        {
            var (first, count) = (exams.First(numbers[i]), exams.CountOf(numbers[i]));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(count, length, nameof(length));
            mask.AsSpan(i * length, count).Fill(true);
            for (var slice = 0; slice < count; slice++)
            {
                exams.Features[first + slice].CopyTo(values[(((i * length) + slice) * exams.Features.Columns)..]);
            }
        }
    }

    /// <summary>B exams' numbers.</summary>
    public IReadOnlyList<int> Numbers { get; }

    /// <summary>T.</summary>
    public int Length { get; }

    /// <summary><c>[B · T, d]</c>.</summary>
    public Tensor Slices { get; }

    /// <summary>Of each place of an exam: whether it is a slice.</summary>
    public ReadOnlySpan<bool> Mask(int exam) => mask.AsSpan(exam * Length, Length);

    /// <summary>All exams in batches. Those of like length stand together, so that there is little padding.</summary>
    public static IReadOnlyList<PaddedExams> Batches(ExamSlices exams) =>
        [
            .. Enumerable
                .Range(0, exams.Count)
                .OrderBy(exams.CountOf)
                .Chunk(Batch)
                .Select(numbers => new PaddedExams(exams, numbers, exams.CountOf(numbers[^1]))),
        ];

    public void Dispose() => Slices.Dispose();
}
