using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Data.Storage.S3;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data.Storage;

[Collection(S3Collection.Name)]
public sealed class S3StoreTests(S3Server server)
{
    [Fact]
    public async Task A_listing_goes_on_after_a_thousand_keys_in_ordinal_order_without_what_is_hidden()
    {
        server.Require();
        const int Count = 1203;
        await Parallel.ForAsync(
            0,
            Count,
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (i, _) => await server.PutAsync($"paged/set/{i % 7}/{i:D4}.png", new byte[i % 5])
        );
        await server.PutAsync("paged/set/.hidden", [1]);
        await server.PutAsync("paged/set/3/.cache/x.png", [1]);
        await server.PutAsync("paged/settings.png", [1]);
        using var store = server.Open("s3://samples/paged");
        var tree = store.List("set");
        Assert.Equal(
            Enumerable
                .Range(0, Count)
                .Select(i => new StoredFile($"{i % 7}/{i:D4}.png", i % 5))
                .OrderBy(file => file.Path, StringComparer.Ordinal),
            tree.Files
        );
        Assert.Equal(tree.Stamps, [store.Stamp("set")!.Value]);
        Assert.Equal(Count + 1, store.List("").Files.Count);
    }

    [Fact]
    public async Task What_stands_at_a_path_is_told()
    {
        server.Require();
        await server.PutAsync("kinds/a/b.png", [1, 2]);
        using var store = server.Open("s3://samples/kinds");
        Assert.Equal(StoredKind.File, store.KindOf("a/b.png", "data.images"));
        Assert.Equal(StoredKind.Folder, store.KindOf("a", "data.images"));
        Assert.Equal(StoredKind.Folder, store.KindOf("a/", "data.images"));
        Assert.Equal(StoredKind.Folder, store.KindOf(".", "data.images"));
        Assert.Equal(StoredKind.Nothing, store.KindOf("a/b", "data.images"));
        Assert.Equal(StoredKind.Nothing, store.KindOf("a/b.png.gz", "data.images"));
        Assert.Equal((2, null, null), (store.LengthOf("a/b.png"), store.LengthOf("a"), store.LengthOf("b")));
        Assert.Throws<DataException>(() => store.KindOf("../secrets", "data.images"));
        Assert.Null(store.Stamp("elsewhere"));
    }

    [Fact]
    public async Task Bytes_are_read_whole_in_part_and_as_a_stream()
    {
        server.Require();
        var content = Bytes(2_500_001);
        await server.PutAsync("reads/a.bin", content);
        await server.PutAsync("reads/empty.bin", []);
        using var store = server.Open("s3://samples/reads");
        Assert.Equal(content, store.ReadAll("a.bin", content.Length).ToArray());
        Assert.Equal(content[1000..1400], store.Read("a.bin", 1000, 400).ToArray());
        Assert.Equal(content[^3..], store.Read("a.bin", content.Length - 3, 3).ToArray());
        Assert.Empty(store.ReadAll("empty.bin", 0).ToArray());
        Assert.Empty(store.Read("empty.bin", 0, 0).ToArray());
        using var copy = new MemoryStream();
        using (var stream = store.OpenRead("a.bin"))
        {
            Assert.Equal(content.Length, stream.Length);
            await stream.CopyToAsync(copy);
        }

        Assert.Equal(content, copy.ToArray());
        using var empty = store.OpenRead("empty.bin");
        Assert.Equal(-1, empty.ReadByte());
    }

    [Fact]
    public async Task A_length_that_is_not_the_listed_one_is_unreadable()
    {
        server.Require();
        await server.PutAsync("short/a.bin", Bytes(100));
        using var store = server.Open("s3://samples/short");
        Assert.Contains("has 100 bytes, and had 99", Unreadable(() => store.ReadAll("a.bin", 99)), StringComparison.Ordinal);
        Assert.Contains("ends at byte 100", Unreadable(() => store.Read("a.bin", 50, 51)), StringComparison.Ordinal);
        Assert.Contains("ends before byte 200", Unreadable(() => store.Read("a.bin", 200, 1)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_missing_or_refused_is_named_with_what_would_be_right()
    {
        server.Require();
        await server.PutAsync("named/a.bin", Bytes(10));
        using var store = server.Open("s3://samples/named");
        foreach (
            var read in new Action[] { () => store.ReadAll("b.bin", 10), () => store.Read("b.bin", 0, 1), () => store.OpenRead("b.bin") }
        )
        {
            Holds(Unreadable(read), "'named/b.bin'", "'samples'", server.Options.Endpoint!.ToString(), "HTTP 404", "restore it");
        }

        Holds(Unreadable(() => store.List("nowhere")), "named/nowhere/", "upload");
        using var elsewhere = server.Open("s3://no-such-bucket/named");
        Holds(Unreadable(() => elsewhere.KindOf("a", "data.images")), "'no-such-bucket'", "HTTP 404 NoSuchBucket", "correct the data root");
        Holds(Unreadable(() => elsewhere.List("a")), "NoSuchBucket");
        Holds(Unreadable(() => elsewhere.ReadAll("a.bin", 10)), "NoSuchBucket");
    }

    [Fact]
    public async Task Refused_credentials_are_told_and_never_shown()
    {
        server.Require();
        await server.PutAsync("secret/a.bin", Bytes(10));
        using var store = server.Open("s3://samples/secret", new BasicAWSCredentials("nobody", "hush-hush"));
        foreach (
            var read in new Action[] { () => store.ReadAll("a.bin", 10), () => store.List(""), () => store.KindOf("a.bin", "data.images") }
        )
        {
            var problem = Assert.Throws<DataException>(read);
            Assert.True(problem.IsUnreadable);
            Holds(problem.Message, "HTTP 403", "credentials");
            Assert.DoesNotContain("hush-hush", problem.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_machine_without_credentials_is_told_at_once()
    {
        var none = new S3Store(
            S3Address.Parse("s3://samples").Address!,
            new S3Options(new Uri("http://127.0.0.1:9")),
            S3Clients.Create(new S3Options(new Uri("http://127.0.0.1:9")), new NoCredentials()),
            TimeSpan.FromMinutes(10),
            warn: null
        );
        using (none)
        {
            Holds(Unreadable(() => none.ReadAll("a.bin", 10)), "no credentials", "AWS_ACCESS_KEY_ID");
        }
    }

    [Fact]
    public void A_store_that_never_answers_is_tried_for_its_time_and_named()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var closed = new S3Options(new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}"));
        listener.Stop();
        var told = new List<string>();
        using var store = new S3Store(
            S3Address.Parse("s3://samples").Address!,
            closed,
            S3Clients.Create(closed, new BasicAWSCredentials("id", "hush-hush")),
            TimeSpan.FromSeconds(2),
            told.Add
        );
        Holds(Unreadable(() => store.List("a")), closed.Endpoint!.ToString(), "no answer", "reachable");
        Assert.NotEqual(0, store.Requests.Retries);
        Holds(Assert.Single(told), "it is tried again");
    }

    [Fact]
    public async Task An_outage_is_waited_out()
    {
        server.Require();
        var content = Bytes(3_000_000);
        await server.PutAsync("outage/a.bin", content);
        using var store = server.Open("s3://samples/outage", patienceSeconds: 120);
        using var stream = store.OpenRead("a.bin");
        var read = new byte[content.Length];
        stream.ReadExactly(read.AsSpan(0, 10));
        server.Kill();
        var whole = Task.Run(() => store.ReadAll("a.bin", content.Length).ToArray());
        var rest = Task.Run(() => stream.ReadExactly(read.AsSpan(10)));
        Assert.True(SpinWait.SpinUntil(() => store.Requests.Retries >= 2, TimeSpan.FromSeconds(60)), "nothing was tried again");
        Assert.False(whole.IsCompleted, "the server was gone");
        await server.StartAsync();
        Assert.Equal(content, await whole);
        await rest;
        Assert.Equal(content, read);
    }

    [Fact]
    public async Task A_stamp_changes_with_any_object_and_with_nothing_else()
    {
        server.Require();
        await server.PutAsync("stamps/set/a.png", [1, 2, 3]);
        await server.PutAsync("stamps/set/b.png", [4]);
        using var store = server.Open("s3://samples/stamps");
        var (folder, file) = (store.Stamp("set"), store.Stamp("set/a.png"));
        Assert.True(folder!.Value.IsSettled);
        Assert.Equal("set", folder.Value.Path);
        await server.PutAsync("stamps/other.png", [1]);
        await server.PutAsync("stamps/set/a.png", [1, 2, 3]);
        Assert.Equal((folder, file), (store.Stamp("set"), store.Stamp("set/a.png")));
        await server.PutAsync("stamps/set/a.png", [1, 2, 4]);
        var exchanged = store.Stamp("set");
        Assert.NotEqual(folder, exchanged);
        Assert.NotEqual(file, store.Stamp("set/a.png"));
        await server.PutAsync("stamps/set/c.png", [1]);
        Assert.NotEqual(exchanged, store.Stamp("set"));
    }

    [Fact]
    public async Task An_object_that_is_exchanged_under_a_stream_is_unreadable()
    {
        server.Require();
        await server.PutAsync("exchanged/a.bin", Bytes(3_000_000));
        using var store = server.Open("s3://samples/exchanged");
        using var stream = store.OpenRead("a.bin");
        Assert.NotEqual(-1, stream.ReadByte());
        await server.PutAsync("exchanged/a.bin", new byte[3_000_000]);
        Holds(Unreadable(() => stream.CopyTo(Stream.Null)), "written anew");
    }

    private static byte[] Bytes(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)((i * 31) + (i >> 8)))];

    private static string Unreadable(Action read)
    {
        var problem = Assert.Throws<DataException>(read);
        Assert.True(problem.IsUnreadable, problem.Message);
        return problem.Message;
    }

    private static void Holds(string message, params string[] parts) =>
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));

    private sealed class NoCredentials : AWSCredentials
    {
        public override ImmutableCredentials GetCredentials() =>
            throw new AmazonClientException("Failed to resolve AWS credentials. The credential providers were searched in vain.");

        public override Task<ImmutableCredentials> GetCredentialsAsync() => Task.FromResult(GetCredentials());
    }
}
