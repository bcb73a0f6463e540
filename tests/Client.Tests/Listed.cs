namespace Orchestrator.Client.Tests;

/// <summary>A whole sequence. (.NET's own ToListAsync and the one that comes with Akka are both here.)</summary>
internal static class Listed
{
    public static async Task<List<T>> ListedAsync<T>(this IAsyncEnumerable<T> items)
    {
        var list = new List<T>();
        await foreach (var item in items)
        {
            list.Add(item);
        }

        return list;
    }
}
