using System.Buffers.Text;
using Orchestrator.Coordinator.Access;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Access;

public sealed class TokenSecretTests
{
    [Fact]
    public void A_secret_has_256_random_bits_and_shows_none_of_them()
    {
        var secrets = Enumerable.Range(0, 100).Select(_ => TokenSecret.New()).ToList();
        Assert.Equal(100, secrets.Select(s => s.Secret).Distinct().Count());
        Assert.All(
            secrets,
            secret =>
            {
                Assert.Equal(32, Base64Url.DecodeFromChars(secret.Secret).Length);
                Assert.DoesNotContain(secret.Secret, $"{secret}", StringComparison.Ordinal);
                Assert.True(TokenSecret.TryParse(secret.Write(), out var read));
                Assert.Equal(secret, read);
            }
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData("orch_")]
    [InlineData("orch_ABCDEFGHIJ_0123456789012345678901234567890123456789012")]
    [InlineData("orch_abcdefghij-0123456789012345678901234567890123456789012")]
    [InlineData("orch_abcdefghij_012345678901234567890123456789012345678901")]
    public void What_has_not_a_tokens_form_is_none(string text) => Assert.False(TokenSecret.TryParse(text, out _));
}
