using Orchestrator.Coordinator.Sweeps;
using Orchestrator.Shared.Sweeps;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Sweeps;

public sealed class HalvingRuleTests
{
    /// <summary>η = 3, by hand: of so many that reached the rung 1, 1, 1, 1, 1, 2, 2 are the best third, rounded down, and one at least.</summary>
    [Fact]
    public void Arrivals_at_one_rung_worked_by_hand()
    {
        (double? Value, int Place, int Best, bool GoesOn)[] arrivals =
        [
            (0.50, 1, 1, true), // the first
            (0.70, 2, 1, false),
            (0.40, 1, 1, true), // better than both
            (0.45, 2, 1, false), // of four one goes on
            (null, 5, 1, false),
            (0.42, 2, 2, true), // of six two go on: 0.40 and this one
            (0.42, 3, 2, false), // as good, but later
        ];
        var before = new List<double?>();
        foreach (var (value, place, best, goesOn) in arrivals)
        {
            Assert.Equal(new RungPlace(place, before.Count + 1, best, goesOn), HalvingRule.Place(before, value, 3, SweepMode.Min));
            before.Add(value);
        }
    }

    [Fact]
    public void Where_more_is_better_the_order_is_the_other_way_round_and_nothing_is_still_the_worst()
    {
        Assert.Equal(new RungPlace(1, 3, 1, true), HalvingRule.Place([0.5, null], 0.6, 3, SweepMode.Max));
        Assert.Equal(new RungPlace(2, 3, 1, false), HalvingRule.Place([0.5, null], 0.4, 3, SweepMode.Max));
        Assert.Equal(new RungPlace(3, 3, 1, false), HalvingRule.Place([0.5, null], null, 3, SweepMode.Max));
    }

    [Fact]
    public void Who_has_no_value_does_not_go_on_even_alone() =>
        Assert.Equal(new RungPlace(1, 1, 1, false), HalvingRule.Place([], null, 3, SweepMode.Min));

    /// <summary>Beside the plainest way to say it: sort all that have reached the rung, and look whether the newcomer is in the front part.</summary>
    [Fact]
    public void Random_arrivals_are_placed_as_sorting_them_places_them()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var (eta, mode) = (random.Next(2, 6), seed % 2 == 0 ? SweepMode.Min : SweepMode.Max);
            var before = new List<double?>();
            for (var i = 0; i < 40; i++)
            {
                // Few values, so that there are equals.
                double? value = random.Next(8) == 0 ? null : random.Next(12) / 4.0;
                var sorted = before
                    .Append(value)
                    .Select((v, at) => (Value: v, At: at))
                    .OrderBy(v => v.Value is null)
                    .ThenBy(v => mode == SweepMode.Min ? v.Value : -v.Value)
                    .ThenBy(v => v.At)
                    .ToList();
                var front = sorted.Take(Math.Max(1, (int)Math.Floor((double)sorted.Count / eta))).ToList();
                var placed = HalvingRule.Place(before, value, eta, mode);
                Assert.Equal(sorted.FindIndex(v => v.At == i) + 1, placed.Place);
                Assert.Equal(value is not null && front.Exists(v => v.At == i), placed.GoesOn);
                before.Add(value);
            }
        }
    }
}
