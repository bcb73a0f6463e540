using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data.Volumes;

/// <summary>
/// A volume <c>[slices, height, width]</c> and the three ways to cut it. Views share the values; no member writes them, so every member may be
/// used from any thread.
/// </summary>
public sealed class Volume
{
    private readonly byte[]? bytes;
    private readonly float[]? values;
    private readonly VolumeLayout stored;
    private readonly VolumeLayout layout;
    private readonly VolumeOrientation? orientation;
    private readonly Lazy<SliceWindow> window;

    /// <summary>A volume of bytes, which are intensities 0–255 as they are.</summary>
    internal Volume(string name, byte[] bytes, VolumeLayout stored, VolumeOrientation? orientation)
        : this(name, bytes, null, stored, stored, orientation, new Lazy<SliceWindow>(new SliceWindow(0, byte.MaxValue))) { }

    /// <summary>A volume of other values, which <see cref="Window"/> maps to words.</summary>
    internal Volume(string name, float[] values, VolumeLayout stored, VolumeOrientation? orientation)
        : this(name, null, values, stored, stored, orientation, new Lazy<SliceWindow>(() => SliceWindow.Of(values))) { }

    private Volume(
        string name,
        byte[]? bytes,
        float[]? values,
        VolumeLayout stored,
        VolumeLayout layout,
        VolumeOrientation? orientation,
        Lazy<SliceWindow> window
    )
    {
        (Name, this.bytes, this.values, this.stored, this.layout) = (name, bytes, values, stored, layout);
        (this.orientation, this.window) = (orientation, window);
    }

    /// <summary>As messages name it.</summary>
    public string Name { get; }

    /// <summary>Slices of this view.</summary>
    public int Slices => layout.Slices.Length;

    /// <summary>Rows of each slice.</summary>
    public int Height => layout.Rows.Length;

    /// <summary>Columns of each slice.</summary>
    public int Width => layout.Columns.Length;

    /// <summary>Slices come as bytes: the file has unsigned bytes and does not scale them.</summary>
    public bool IsBytes => bytes is not null;

    /// <summary>Memory that its values take.</summary>
    public long Bytes => bytes?.Length ?? ((long)sizeof(float) * values!.Length);

    /// <summary>The file says how its array lies in the body, so that <see cref="InPlane"/> works.</summary>
    public bool HasOrientation => orientation is not null;

    /// <summary>What maps values to words; the same for all views. Computed at the first use.</summary>
    public SliceWindow Window => window.Value;

    /// <summary>One value as the file means it.</summary>
    public float this[int slice, int row, int column]
    {
        get
        {
            Check(slice, Slices, nameof(slice));
            Check(row, Height, nameof(row));
            Check(column, Width, nameof(column));
            var at = Start(slice) + (row * layout.Rows.Stride) + (column * layout.Columns.Stride);
            return bytes is null ? values![at] : bytes[at];
        }
    }

    /// <summary>The same volume with another axis of this view as slices: 0 (as it is), 1 (height) or 2 (width).</summary>
    public Volume Along(int axis) => new(Name, bytes, values, stored, layout.Along(axis), orientation, window);

    /// <summary>The same volume cut in a plane of the body.</summary>
    /// <exception cref="DataException">The file does not say how its array lies in the body.</exception>
    public Volume InPlane(SlicePlane plane) =>
        orientation is null
            ? throw NotOriented(Name, plane)
            : new Volume(Name, bytes, values, stored, orientation.InPlane(stored, plane), orientation, window);

    /// <summary>
    /// The view that a spec's <c>data.plane</c> means: that plane of the body. Null, and axial where the file does not say how its array lies:
    /// this view as it is.
    /// </summary>
    /// <exception cref="DataException">Another plane is asked for and the file does not say how its array lies in the body.</exception>
    public Volume Cut(SlicePlane? plane) => plane is null || (plane == SlicePlane.Axial && !HasOrientation) ? this : InPlane(plane.Value);

    /// <summary>One slice as an image: of bytes where <see cref="IsBytes"/>, else of words.</summary>
    /// <param name="index">0 … Slices − 1.</param>
    /// <param name="channels">1, or 3 for the same plane three times.</param>
    public DecodedImage Slice(int index, int channels = 1)
    {
        Check(index, Slices, nameof(index));
        if (channels is not (1 or 3))
        {
            throw new ArgumentOutOfRangeException(nameof(channels), channels, "a slice has 1 channel, or 3 that are the same");
        }

        var size = new ImageSize(Height, Width, channels);
        if (bytes is not null)
        {
            return new DecodedImage(size, Plane(bytes, index, channels, value => value));
        }

        var map = Window;
        return new DecodedImage(size, Plane(values!, index, channels, map.ToWord));
    }

    /// <summary>What is said of a file without orientation when a plane is wanted of it.</summary>
    internal static DataException NotOriented(string name, SlicePlane plane) =>
        new(
            $"volume '{name}' does not say how it lies in the body, so it has no {SpecWords.Word(plane)} slices; a NIfTI file with sform or qform does, and data.plane axial takes the slices as they are stored"
        );

    private TTo[] Plane<TFrom, TTo>(TFrom[] from, int index, int channels, Func<TFrom, TTo> map)
    {
        var area = Height * Width;
        var plane = new TTo[area * channels];
        for (int row = 0, to = 0, start = Start(index); row < Height; row++, start += layout.Rows.Stride)
        {
            for (int column = 0, at = start; column < Width; column++, at += layout.Columns.Stride)
            {
                plane[to++] = map(from[at]);
            }
        }

        for (var channel = 1; channel < channels; channel++)
        {
            plane.AsSpan(0, area).CopyTo(plane.AsSpan(channel * area));
        }

        return plane;
    }

    private int Start(int slice) => layout.Offset + (slice * layout.Slices.Stride);

    private static void Check(int index, int length, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, length, name);
    }
}
