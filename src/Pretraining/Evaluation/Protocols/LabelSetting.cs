using System.Globalization;

namespace Orchestrator.Pretraining.Evaluation.Protocols;

/// <summary>What a figure's setting is called that says how many labels were learned from: alike in every protocol, so that figures stand beside each other.</summary>
internal static class LabelSetting
{
    public const string All = "all labels";

    public static string PerClass(int labels) => string.Create(CultureInfo.InvariantCulture, $"{labels} a class");

    /// <param name="fraction">0–1.</param>
    public static string Share(double fraction) => string.Create(CultureInfo.InvariantCulture, $"{100 * fraction:0.##} %");
}
