// A certified OpenID Connect provider for one test, on a free port of this machine. Anybody signs in to it by any name.
// Usage: node provider.js CLIENT_ID CLIENT_SECRET REDIRECT_URI; prints its issuer, and ends with whoever started it.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import Provider from "oidc-provider";

const [client_id, client_secret, redirect_uri] = process.argv.slice(2);
const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
const server = createServer();

server.listen(0, "127.0.0.1", () => {
  // Another host than Doorstep's "localhost": for the browser they are two sites.
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id, client_secret, redirect_uris: [redirect_uri] }],
    cookies: { keys: [randomBytes(32).toString("hex")] },
    jwks: { keys: [{ ...key, use: "sig", alg: "RS256", kid: "of-this-run" }] },
    pkce: { required: () => true },
    findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id, email: `${id}@school.example` }) }),
  });
  server.on("request", provider.callback());
  console.log(issuer);
});

process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
