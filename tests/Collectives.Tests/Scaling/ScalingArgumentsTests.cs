using Orchestrator.Benchmarks;
using Orchestrator.Benchmarks.Scaling;
using Xunit;

namespace Orchestrator.Collectives.Tests.Scaling;

public sealed class ScalingArgumentsTests
{
    [Fact]
    public void Nothing_said_is_a_vision_transformer_of_86_million_parameters_in_float32()
    {
        ScalingArguments arguments = ScalingArguments.Parse([]);
        Assert.Equal((85_798_656, 4, 100, 1), (arguments.Length, arguments.ElementBytes, arguments.StepMs, arguments.Threads));
        Assert.Null(arguments.Measured);
        Assert.False(arguments.Json);
    }

    [Fact]
    public void What_is_said_is_taken()
    {
        ScalingArguments arguments = ScalingArguments.Parse(["--wire", "bf16", "--parameters", "22", "--step-ms", "12.5", "--json"]);
        Assert.Equal((22_000_000, 2, 12.5), (arguments.Length, arguments.ElementBytes, arguments.StepMs));
        Assert.True(arguments.Json);
    }

    [Theory]
    [InlineData("--step-ms is '0'; a number above 0 and up to 1000000 was expected.", "--step-ms", "0")]
    [InlineData("--wire is 'int8'; one of fp32, bf16 was expected.", "--wire", "int8")]
    [InlineData("--cores is '0'; a whole number from 1 to 1024 was expected.", "--cores", "0")]
    [InlineData("--json2 needs a value.", "--json2")]
    [InlineData("'--world' is unknown; --step-ms, --wire", "--world", "2")]
    public void A_wrong_word_is_named_with_what_would_be_right(string message, params string[] words) =>
        Assert.StartsWith(message, Assert.Throws<BadWordsException>(() => ScalingArguments.Parse(words)).Message, StringComparison.Ordinal);
}
