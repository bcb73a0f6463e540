using Orchestrator.Pretraining.Evaluation.Probes;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation.Probes;

public sealed class KnnProbeTests
{
    [Theory]
    [InlineData(5)]
    [InlineData(10)]
    [InlineData(20)]
    [InlineData(100)]
    public void Votes_of_the_golden_vectors_are_the_reference_s(int neighbors)
    {
        var vectors = new EvaluationVectors();
        var labels = vectors.Integers("knn.test_labels");
        var votes = KnnProbe.Votes(
            vectors.Matrix("knn.train"),
            vectors.Integers("knn.train_labels"),
            vectors.Matrix("knn.test"),
            7,
            neighbors
        );

        Assert.Equal(vectors.Integers($"knn.predictions.k{neighbors}"), Enumerable.Range(0, votes.Rows).Select(votes.Best));
        Assert.Equal(vectors.ExactPair($"knn.k{neighbors}")[0], 100 * votes.Accuracy(labels), 1e-9);
        var shares = Enumerable.Range(0, votes.Rows).SelectMany(row => Shares(votes[row].ToArray())).ToArray();
        vectors.Tensors.AssertClose($"knn.votes_share.k{neighbors}", shares);
    }

    [Fact]
    public void Votes_of_several_k_at_once_are_each_k_s_own()
    {
        var vectors = new EvaluationVectors();
        var (training, labels) = (vectors.Matrix("knn.train"), vectors.Integers("knn.train_labels"));
        var test = vectors.Matrix("knn.test");
        int[] asked = [20, .. KnnProbe.UsualNeighbors, 1];
        var together = KnnProbe.Votes(training, labels, test, 7, asked);

        Assert.Equal(asked.Length, together.Length);
        Assert.All(asked, (k, i) => Assert.Equal(KnnProbe.Votes(training, labels, test, 7, k).Values, together[i].Values));
        var data = new ProbeData(training, labels, test, vectors.Integers("knn.test_labels"), 7);
        Assert.Equal(together.Select(votes => votes.Accuracy(data.TestLabels)), KnnProbe.Accuracies(data, asked));
        foreach (var k in new[] { 10, 20, 100 })
        {
            var share = vectors.ExactPair($"knn.k{k}")[0];
            Assert.Equal(
                share,
                100 * KnnProbe.Accuracies(data, KnnProbe.UsualNeighbors)[KnnProbe.UsualNeighbors.ToList().IndexOf(k)],
                1e-9
            );
        }
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 5, 7)]
    [InlineData(65, 67, 8)]
    [InlineData(130, 129, 33)]
    public void Votes_of_any_size_are_those_of_the_plain_definition(int training, int queries, int columns)
    {
        var data = Blobs.Draw(training, queries, columns, 4, 1);
        var votes = KnnProbe.Votes(data.Training, data.TrainingLabels, data.Test, 4, neighbors: 6);

        for (var query = 0; query < queries; query++)
        {
            var expected = new double[4];
            var order = Enumerable
                .Range(0, training)
                .Select(row => (row, similarity: Cosine(data.Training[row], data.Test[query])))
                .OrderByDescending(pair => pair.similarity)
                .Take(6);
            foreach (var (row, similarity) in order)
            {
                expected[data.TrainingLabels[row]] += Math.Exp(similarity / 0.07);
            }

            for (var k = 0; k < 4; k++)
            {
                Assert.Equal(expected[k], votes[query][k], 1e-4 * Math.Max(1e-3, expected.Max()));
            }
        }
    }

    [Fact]
    public void Equal_rows_are_taken_in_order()
    {
        // Three equal training rows, one neighbor: the first one votes, alone. One column, so that every product is exact.
        var training = new FeatureMatrix(4, 1, [-1, 2, 2, 2]);
        var votes = KnnProbe.Votes(training, [0, 1, 2, 3], new FeatureMatrix(1, 1, [5]), 4, neighbors: 1);

        Assert.Equal(1, votes.Best(0));
        Assert.Equal([0, Math.Exp(1 / 0.07), 0, 0], votes[0].ToArray());
    }

    [Fact]
    public void Accuracy_of_separable_classes_is_one() => Assert.Equal(1, KnnProbe.Accuracy(Blobs.Draw(200, 100, 16, 5, 0.1)));

    private static IEnumerable<float> Shares(double[] votes) => votes.Select(vote => (float)(vote / votes.Sum()));

    private static double Cosine(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var (product, squareA, squareB) = (0.0, 0.0, 0.0);
        for (var i = 0; i < a.Length; i++)
        {
            product += (double)a[i] * b[i];
            squareA += (double)a[i] * a[i];
            squareB += (double)b[i] * b[i];
        }

        return product / Math.Sqrt(squareA * squareB);
    }
}
