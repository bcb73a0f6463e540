// node --openssl-legacy-provider s3-server.js FOLDER PORT BUCKET, in a folder where s3rver is installed.
// Prints its port when it serves, and ends when its standard input does. (Its page tokens are made by a cipher of OpenSSL's legacy provider.)
const S3rver = require(require.resolve('s3rver', { paths: [process.cwd()] }));
const [directory, port, bucket] = process.argv.slice(2);
const server = new S3rver({
  directory,
  address: '127.0.0.1',
  port: Number(port),
  silent: true,
  vhostBuckets: false,
  configureBuckets: [{ name: bucket, configs: [] }],
});
process.stdin.on('end', () => process.exit(0)).resume();
server.run().then((address) => console.log(`port ${address.port}`));
