using Orchestrator.Shared.Methods;

namespace Orchestrator.Shared.Runs;

/// <summary>Reads <c>options.localViews</c> (multi-crop) with the values of GMML's and DINO's codes; absent: no local views.</summary>
internal static class LocalViewReader
{
    // View numbers, global and local, are one byte of the draws' counter.
    private const int MostViews = 254;
    private const int Side = 96;

    public static LocalViewOptions? Read(SpecReader parent, BackboneSpec backbone, DataKind kind)
    {
        var isGiven = parent.Has("localViews");
        var reader = parent.Mapping("localViews");
        var count = reader.Integer("count", isGiven ? 8 : 0, 0, MostViews);
        var sounds = kind == DataKind.Audio;
        var image = reader.Integers("image", 1, 16384) ?? (sounds ? [Side, backbone.Width] : [Side]);
        if (image.Count is < 1 or > 2)
        {
            reader.Fail("image", sounds ? "must be [frames, mel bands]" : "must be one side in pixels, or [height, width]");
            image = [Side];
        }

        var options = new LocalViewOptions(
            count,
            [image[0], image[^1]],
            sounds ? null : reader.Interval("cropScale", new Interval(0.05, 0.25), 1e-4, 1),
            sounds ? reader.Number("seconds", 1, 1e-3, 3_600) : null
        );
        reader.End();
        return count == 0 ? null : options;
    }
}
