using System.Numerics.Tensors;

namespace Orchestrator.Pretraining.Data.Audio;

/// <summary>
/// The part of a file that is wanted, and the mono samples of it that a decoder has given so far. It grows with what is decoded, never by
/// what a header claims.
/// </summary>
internal sealed class AudioWindow
{
    private const int MostAtFirst = 1 << 18;
    private readonly string name;
    private readonly int rate;
    private readonly int wanted;
    private readonly bool open;
    private long position;
    private int firstCapacity = MostAtFirst;
    private float[] samples = [];
    private int filled;

    /// <summary>A window in a file of that rate.</summary>
    /// <param name="startSeconds">From the file's start, at least 0.</param>
    /// <param name="seconds">Null: to the file's end.</param>
    public AudioWindow(string name, int rate, double startSeconds, double? seconds)
    {
        if (!(startSeconds >= 0 && startSeconds < long.MaxValue / 1e6))
        {
            throw new ArgumentOutOfRangeException(nameof(startSeconds), startSeconds, "must be at least 0");
        }

        if (seconds is { } length && !(length > 0 && length <= AudioLimits.MaxSeconds))
        {
            throw new ArgumentOutOfRangeException(nameof(seconds), length, $"must be above 0 and at most {AudioLimits.MaxSeconds}");
        }

        (this.name, this.rate) = (name, rate);
        Start = (long)Math.Round(startSeconds * rate);
        open = seconds is null;
        wanted = seconds is null
            ? AudioLimits.MaxFrames
            : (int)Math.Clamp((long)Math.Round(seconds.Value * rate), 1, AudioLimits.MaxFrames);
    }

    /// <summary>First frame that is wanted.</summary>
    public long Start { get; }

    /// <summary>Most frames that are wanted.</summary>
    public int Wanted => wanted;

    /// <summary>The last wanted frame has come.</summary>
    public bool IsFull => !open && filled == wanted;

    /// <summary>Passes frames over that lie before the window.</summary>
    public void Skip(long frames) => position += Math.Min(frames, Start - position);

    /// <summary>Takes the next mono samples of the file; what is outside of the window is dropped.</summary>
    public void Add(ReadOnlySpan<float> mono)
    {
        var before = (int)Math.Clamp(Start - position, 0, mono.Length);
        position += mono.Length;
        var inside = mono[before..];
        if (inside.Length > wanted - filled)
        {
            inside = open ? throw TooLong() : inside[..(wanted - filled)];
        }

        if (filled + inside.Length > samples.Length)
        {
            var capacity = Math.Max(filled + inside.Length, Math.Max(firstCapacity, Math.Min(2L * samples.Length, wanted)));
            Array.Resize(ref samples, (int)Math.Min(capacity, wanted));
        }

        inside.CopyTo(samples.AsSpan(filled));
        filled += inside.Length;
    }

    /// <summary>Refuses an unlimited window of a file that says that it is longer than an hour, and begins small for a short one.</summary>
    public void RequireDecodable(long? frames)
    {
        firstCapacity = (int)Math.Min(MostAtFirst, frames ?? MostAtFirst);
        if (frames is 0)
        {
            throw Empty();
        }

        if (open && frames is { } count && (count - Start > AudioLimits.MaxFrames || count - Start > (long)AudioLimits.MaxSeconds * rate))
        {
            throw TooLong();
        }
    }

    /// <summary>The clip, once the file is read.</summary>
    /// <exception cref="DataException">There is no sample in it, or one that is not a number.</exception>
    public AudioClip ToClip()
    {
        if (position == 0)
        {
            throw Empty();
        }

        if (filled == 0)
        {
            throw new DataException(
                $"sound '{name}' is {(double)position / rate:0.###} s long and the window starts at {(double)Start / rate:0.###} s; start inside of it"
            );
        }

        Array.Resize(ref samples, filled);
        // The largest magnitude is not a number where any sample is none.
        if (float.IsFinite(TensorPrimitives.MaxMagnitude(samples)))
        {
            return new AudioClip(rate, samples);
        }

        var strange = Array.FindIndex(samples, sample => !float.IsFinite(sample));
        throw new DataException($"sound '{name}' holds {samples[strange]} as sample {Start + strange}; only finite numbers are sound");
    }

    private DataException Empty() => new($"sound '{name}' has no samples; remove or replace it");

    private DataException TooLong() =>
        new(
            $"sound '{name}' is longer than {AudioLimits.MaxSeconds} s (or {AudioLimits.MaxFrames} samples); cut it, or name a window of it by start and length"
        );
}
