namespace Orchestrator.Coordinator.Tests.Api;

/// <summary>The curl lines of a page: those in its fenced blocks of <c>sh</c>, without comments, continued lines joined.</summary>
internal static class CurlLines
{
    public static IReadOnlyList<string> Of(string page)
    {
        var lines = new List<string>();
        var isBlock = false;
        var begun = "";
        foreach (var text in page.Split('\n'))
        {
            if (text.StartsWith("```", StringComparison.Ordinal))
            {
                isBlock = !isBlock && text.Trim() == "```sh";
                begun = "";
            }
            else if (isBlock)
            {
                begun += text.TrimEnd();
                if (begun.EndsWith('\\'))
                {
                    begun = $"{begun[..^1]} ";
                    continue;
                }

                if (begun.StartsWith("curl ", StringComparison.Ordinal))
                {
                    lines.Add(begun);
                }

                begun = "";
            }
        }

        return lines;
    }
}
