namespace Orchestrator.Pretraining.Data.Images;

/// <summary>
/// How far a JPEG's sides can be reduced while it is decoded: to n eighths, by an n × n inverse transform of each 8 × 8 block. Each pixel of the
/// reduced image lies over 8/n × 8/n pixels of the whole one, counted from its top left corner.
/// </summary>
public static class ImageReduction
{
    /// <summary>Eight eighths: no reduction.</summary>
    public const int None = 8;

    /// <summary>A side's reduced length in pixels, rounded up as libjpeg does.</summary>
    public static int Side(int side, int eighths) => (int)((((long)side * eighths) + None - 1) / None);

    /// <summary>
    /// The fewest eighths that leave a box at least as many pixels as what it is resized to. Only halves, which decode fast: libjpeg has vector
    /// code for 1, 2, 4 and 8 eighths.
    /// </summary>
    public static int For(int boxHeight, int boxWidth, int outputHeight, int outputWidth)
    {
        var eighths = None;
        while (eighths > 1 && Enough(boxHeight, outputHeight, eighths / 2) && Enough(boxWidth, outputWidth, eighths / 2))
        {
            eighths /= 2;
        }

        return eighths;
    }

    private static bool Enough(int box, int output, int eighths) => (long)box * eighths >= (long)output * None;
}
