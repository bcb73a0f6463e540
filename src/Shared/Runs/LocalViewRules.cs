using Orchestrator.Shared.Methods;

namespace Orchestrator.Shared.Runs;

/// <summary>What must hold between <c>options.localViews</c> and the rest of a spec.</summary>
internal static class LocalViewRules
{
    private const string Section = "options.localViews";

    public static void Check(RunSpec spec, LocalViewOptions locals, List<SpecError> errors)
    {
        var backbone = spec.Backbone;
        var size = $"[{locals.Height}, {locals.Width}]";
        if (spec.Method == MethodName.Contrastive)
        {
            errors.Add(new SpecError(Section, "{…}", "contrastive compares two whole views of a sample and has no term for local ones"));
        }

        if (spec.Options.Tokens == ClusteringTokens.Patch)
        {
            errors.Add(new SpecError(Section, "{…}", "need tokens: class or both: local views are compared by their class tokens"));
        }

        if (locals.Height % backbone.Custom.Patch != 0 || locals.Width % backbone.Custom.Patch != 0)
        {
            errors.Add(new SpecError($"{Section}.image", size, $"both sides must be multiples of the patch, {backbone.Custom.Patch}"));
        }

        if (locals.Height > backbone.Height || locals.Width > backbone.Width)
        {
            errors.Add(
                new SpecError($"{Section}.image", size, $"must not be larger than backbone.image, [{backbone.Height}, {backbone.Width}]")
            );
        }

        if (locals.Width != backbone.Width && backbone.Positions == PositionRule.Ast)
        {
            errors.Add(
                new SpecError(
                    $"{Section}.image",
                    size,
                    $"must have the width of backbone.image, {backbone.Width}: positions: ast moves along time only"
                )
            );
        }

        if (spec.Options.Spectrogram is { } spectrogram)
        {
            CheckSounds(spectrogram, locals, size, errors);
        }
    }

    private static void CheckSounds(SpectrogramOptions spectrogram, LocalViewOptions locals, string size, List<SpecError> errors)
    {
        if (locals.Width != spectrogram.Mels)
        {
            errors.Add(
                new SpecError($"{Section}.image", size, $"must have backbone.image's mel bands, {spectrogram.Mels}, as its second number")
            );
        }

        SpectrogramRules.CheckCrop(spectrogram.Local(locals), Section, $"{Section}.image", errors);
    }
}
