using System.Runtime.CompilerServices;

namespace Orchestrator.Client;

/// <summary>What the API gives page by page, as one sequence.</summary>
internal static class Pages
{
    /// <param name="read">The page that begins there; first with what stands for the beginning.</param>
    /// <param name="open">A page's items, and where the next one begins; null: there is none.</param>
    public static async IAsyncEnumerable<TItem> ReadAsync<TPage, TNext, TItem>(
        Func<TNext?, CancellationToken, Task<TPage>> read,
        Func<TPage, (IEnumerable<TItem> Items, TNext? Next)> open,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        TNext? next = default;
        do
        {
            var (items, following) = open(await read(next, cancellation));
            foreach (var item in items)
            {
                yield return item;
            }

            // A page that leads to itself would be read for ever.
            if (EqualityComparer<TNext?>.Default.Equals(following, next))
            {
                yield break;
            }

            next = following;
        } while (next is not null);
    }
}
