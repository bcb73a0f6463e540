namespace Orchestrator.Pretraining.Data.Audio;

/// <summary>One channel of a FLAC frame: a constant, raw samples, or a linear prediction and its residual. Source: RFC 9639, section 9.2.</summary>
internal static class FlacSubframe
{
    // Coefficients of the fixed predictors: the k-th differences are zero.
    private static readonly int[][] Fixed =
    [
        [],
        [1],
        [2, -1],
        [3, -3, 1],
        [4, -6, 4, -1],
    ];

    /// <param name="width">Bits of a sample of this channel.</param>
    /// <param name="samples">Receives the channel.</param>
    /// <returns>False where the bits are no subframe.</returns>
    public static bool Read(ref FlacBits bits, int width, Span<long> samples)
    {
        if (bits.Read(1) != 0)
        {
            return false;
        }

        var kind = (int)bits.Read(6);
        // Low bits that are zero in every sample are left out.
        var wasted = bits.Read(1) == 0 ? 0 : bits.ReadUnary() + 1;
        if (wasted >= width)
        {
            return false;
        }

        width -= (int)wasted;
        var read = kind switch
        {
            0 => ReadConstant(ref bits, width, samples),
            1 => ReadVerbatim(ref bits, width, samples),
            >= 8 and <= 12 => ReadFixed(ref bits, kind - 8, width, samples),
            >= 32 => ReadPredicted(ref bits, kind - 31, width, samples),
            _ => false,
        };
        if (read && wasted > 0)
        {
            foreach (ref var sample in samples)
            {
                sample <<= (int)wasted;
            }
        }

        return read;
    }

    private static bool ReadConstant(ref FlacBits bits, int width, Span<long> samples)
    {
        samples.Fill(bits.ReadSigned(width));
        return true;
    }

    private static bool ReadVerbatim(ref FlacBits bits, int width, Span<long> samples)
    {
        foreach (ref var sample in samples)
        {
            sample = bits.ReadSigned(width);
        }

        return true;
    }

    private static bool ReadFixed(ref FlacBits bits, int order, int width, Span<long> samples)
    {
        if (order > samples.Length)
        {
            return false;
        }

        ReadVerbatim(ref bits, width, samples[..order]);
        if (!ReadResidual(ref bits, order, samples))
        {
            return false;
        }

        Predict(samples, Fixed[order], shift: 0);
        return true;
    }

    private static bool ReadPredicted(ref FlacBits bits, int order, int width, Span<long> samples)
    {
        if (order > samples.Length)
        {
            return false;
        }

        ReadVerbatim(ref bits, width, samples[..order]);
        var precision = (int)bits.Read(4) + 1;
        var shift = (int)bits.ReadSigned(5);
        if (precision == 16 || shift < 0)
        {
            return false;
        }

        Span<int> coefficients = stackalloc int[order];
        foreach (ref var coefficient in coefficients)
        {
            coefficient = (int)bits.ReadSigned(precision);
        }

        if (!ReadResidual(ref bits, order, samples))
        {
            return false;
        }

        Predict(samples, coefficients, shift);
        return true;
    }

    /// <summary>Adds to each residual the prediction from the samples before it; the first coefficient weighs the nearest.</summary>
    private static void Predict(Span<long> samples, ReadOnlySpan<int> coefficients, int shift)
    {
        // Nearest last, so that both are walked upwards; the loop is most of the decoder's time.
        Span<long> weights = stackalloc long[coefficients.Length];
        for (var k = 0; k < weights.Length; k++)
        {
            weights[k] = coefficients[^(k + 1)];
        }

        for (var i = weights.Length; i < samples.Length; i++)
        {
            var history = samples.Slice(i - weights.Length, weights.Length);
            var (even, odd) = (0L, 0L);
            var k = 0;
            for (; k + 1 < history.Length; k += 2)
            {
                even += weights[k] * history[k];
                odd += weights[k + 1] * history[k + 1];
            }

            if (k < history.Length)
            {
                even += weights[k] * history[k];
            }

            samples[i] += (even + odd) >> shift;
        }
    }

    /// <summary>Rice codes, in partitions with a parameter each.</summary>
    private static bool ReadResidual(ref FlacBits bits, int order, Span<long> samples)
    {
        var method = bits.Read(2);
        if (method > 1)
        {
            return false;
        }

        var parameterBits = method == 0 ? 4 : 5;
        var escape = (1u << parameterBits) - 1;
        var partitionOrder = (int)bits.Read(4);
        var partition = samples.Length >> partitionOrder;
        if (partition << partitionOrder != samples.Length || partition < order)
        {
            return false;
        }

        for (int start = order, end = partition; end <= samples.Length; start = end, end += partition)
        {
            var residual = samples[start..end];
            var parameter = bits.Read(parameterBits);
            if (parameter == escape)
            {
                var width = (int)bits.Read(5);
                ReadVerbatim(ref bits, width, residual);
                continue;
            }

            bits.ReadRice((int)parameter, residual);
        }

        return true;
    }
}
