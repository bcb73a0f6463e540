using System.Numerics;

namespace Orchestrator.Collectives.Tests.Gangs;

/// <summary>Numbers of widely differing size, so that another order of additions gives other bits; and the tree computed in one place.</summary>
internal static class ShardValues
{
    public static T[] Of<T>(int shard, int length, int salt)
        where T : unmanaged, INumber<T>
    {
        var values = new T[length];
        for (int i = 0; i < length; i++)
        {
            ulong hash = Mix(((ulong)(uint)salt << 40) ^ ((ulong)(uint)shard << 32) ^ (uint)i);
            double mantissa = ((hash & 0xFFFFFFFF) / 4294967296.0) - 0.5;
            values[i] = T.CreateTruncating(Math.ScaleB(mantissa, (int)((hash >> 40) % 24) - 12));
        }

        return values;
    }

    /// <summary>The sum of a subtree, by its definition.</summary>
    public static T[] Sum<T>(Subtree node, int length, int salt)
        where T : unmanaged, INumber<T>
    {
        if (node.Level == 0)
        {
            return Of<T>(node.Index, length, salt);
        }

        T[] left = Sum<T>(new Subtree(node.Level - 1, 2 * node.Index), length, salt);
        T[] right = Sum<T>(new Subtree(node.Level - 1, (2 * node.Index) + 1), length, salt);
        for (int i = 0; i < length; i++)
        {
            left[i] += right[i];
        }

        return left;
    }

    public static T[] Root<T>(int shards, int length, int salt)
        where T : unmanaged, INumber<T> => Sum<T>(new Subtree(BitOperations.Log2((uint)shards), 0), length, salt);

    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
