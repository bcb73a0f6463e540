using Orchestrator.Cli.Api;
using Xunit;

namespace Orchestrator.Cli.Tests.Tokens;

/// <summary>Alone: the variable is the whole process's.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TokenVariable
{
    public const string Name = "token variable";
}

[Collection(TokenVariable.Name)]
public sealed class TokenVariableTests
{
    [Fact]
    public void A_variable_that_is_blank_is_refused_and_not_sent()
    {
        var before = Environment.GetEnvironmentVariable(ClientIdentity.TokenVariable);
        Environment.SetEnvironmentVariable(ClientIdentity.TokenVariable, " \n");
        try
        {
            var e = Assert.Throws<CliException>(() => ClientIdentity.Read(null, null));
            Assert.Equal((ExitCode.BadInput, "ORCHESTRATOR_TOKEN is blank"), (e.ExitCode, e.Message));
        }
        finally
        {
            Environment.SetEnvironmentVariable(ClientIdentity.TokenVariable, before);
        }
    }
}
