using System.Text;
using Orchestrator.Shared.Randomness;

namespace Orchestrator.Pretraining.Tests.Evaluation.FineTuning;

/// <summary>Exams in MRNet's layout, 3 to 6 slices (the first test exam 120) of 8 × 8 noise in two planes; in the coronal plane one slice of each yes has a bright square.</summary>
internal static class MarkedExams
{
    private const int Side = 8;

    public static void Write(string folder, string task)
    {
        var stream = new PhiloxStream(21, DrawPurpose.Preflight);
        foreach (var (split, first, end) in new[] { ("train", 0, 48), ("valid", 48, 64) })
        {
            var labels = new StringBuilder();
            for (var exam = first; exam < end; exam++)
            {
                var isYes = exam % 2 == 1;
                labels.Append(System.Globalization.CultureInfo.InvariantCulture, $"{exam:0000},{(isYes ? 1 : 0)}\n");
                foreach (var plane in new[] { "axial", "coronal" })
                {
                    var slices = exam == 48 ? 120 : 3 + stream.NextInt32(4);
                    var marked = isYes && plane == "coronal" ? stream.NextInt32(slices) : -1;
                    Directory.CreateDirectory(Path.Combine(folder, split, plane));
                    File.WriteAllBytes(Path.Combine(folder, split, plane, $"{exam:0000}.npy"), Volume(ref stream, slices, marked));
                }
            }

            File.WriteAllText(Path.Combine(folder, $"{split}-{task}.csv"), labels.ToString());
        }
    }

    /// <summary>NumPy's format 1.0: magic, length of the header, header, bytes.</summary>
    private static byte[] Volume(ref PhiloxStream stream, int slices, int marked)
    {
        var header = $"{{'descr': '|u1', 'fortran_order': False, 'shape': ({slices}, {Side}, {Side}), }}";
        header = header.PadRight(117) + "\n";
        var pixels = new byte[slices * Side * Side];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (slice, row, column) = (i / (Side * Side), i / Side % Side, i % Side);
            var bright = slice == marked && row is 2 or 3 or 4 && column is >= 2 and < 6;
            pixels[i] = (byte)(stream.NextInt32(60) + (bright ? 190 : 0));
        }

        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), .. pixels];
    }
}
