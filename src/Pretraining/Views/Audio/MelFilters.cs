using Orchestrator.Shared.Randomness;

namespace Orchestrator.Pretraining.Views.Audio;

/// <summary>
/// Triangles on Kaldi's mel scale, 1127 · ln(1 + f/700), evenly spread between two frequencies; a weight is linear in mel. Source:
/// torchaudio.compliance.kaldi.get_mel_banks, without warping.
/// </summary>
internal sealed class MelFilters
{
    private readonly float[][] weights;
    private readonly int[] firstBins;

    /// <param name="bins">Frequencies 0 … sampleRate/2, the last one left out.</param>
    public MelFilters(int sampleRate, int bins, int filters, double lowHz, double highHz)
    {
        (weights, firstBins) = (new float[filters][], new int[filters]);
        var low = Mel(lowHz);
        var step = (Mel(highHz) - low) / (filters + 1);
        var mels = new double[bins];
        for (var bin = 0; bin < bins; bin++)
        {
            mels[bin] = Mel(0.5 * sampleRate * bin / bins);
        }

        for (var filter = 0; filter < filters; filter++)
        {
            var (left, center, right) = (low + (filter * step), low + ((filter + 1) * step), low + ((filter + 2) * step));
            var first = Array.FindIndex(mels, mel => mel > left);
            var end = Array.FindLastIndex(mels, mel => mel < right) + 1;
            // Filters may be narrower than a bin, and then have none.
            firstBins[filter] = Math.Max(first, 0);
            weights[filter] = new float[first < 0 ? 0 : Math.Max(end - first, 0)];
            for (var i = 0; i < weights[filter].Length; i++)
            {
                var mel = mels[first + i];
                weights[filter][i] = (float)Math.Min((mel - left) / (center - left), (right - mel) / (right - center));
            }
        }
    }

    public int Count => weights.Length;

    /// <summary>Weights of consecutive bins; the others' are 0.</summary>
    public (int FirstBin, float[] Weights) this[int filter] => (firstBins[filter], weights[filter]);

    private static double Mel(double hertz) => 1127 * DeterministicMath.Log(1 + (hertz / 700));
}
