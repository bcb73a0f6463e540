using System.Buffers.Binary;

namespace Orchestrator.Worker.Tests.Fakes;

/// <summary>A data set small enough to train on in a test: 48 images of 14 × 14, in MNIST's format, and a spec of a run on it.</summary>
internal static class TinyImages
{
    /// <summary>Six steps of eight images, a checkpoint every second step; more fields may follow.</summary>
    public const string Spec = """
        method: gmml
        data: { images: images-idx3-ubyte }
        budget: { steps: 6 }
        batch: { size: 8, shards: 2 }
        workers: { max: 2 }
        backbone: { custom: { patch: 7, dim: 16, depth: 2, heads: 2 }, image: 14, channels: 1 }
        options: { reconstruction: { blocks: [1, 2] } }
        checkpoint: { everySteps: 2, keep: 5 }

        """;

    /// <summary>Writes <c>images-idx3-ubyte</c> into a folder that is there.</summary>
    public static void Write(string folder)
    {
        var images = new byte[16 + (48 * 14 * 14)];
        foreach (var (value, i) in new[] { 0x0803, 48, 14, 14 }.Select((value, i) => (value, i)))
        {
            BinaryPrimitives.WriteInt32BigEndian(images.AsSpan(4 * i), value);
        }

        for (var i = 16; i < images.Length; i++)
        {
            images[i] = (byte)(i * 37 % 251);
        }

        File.WriteAllBytes(Path.Combine(folder, "images-idx3-ubyte"), images);
    }
}
