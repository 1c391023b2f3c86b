/** The cache of verified tokens: it is bounded, forgets the oldest, and never keeps a token. */
import { generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { TokenVerifier } from '../../src/http/token-verifier.js';

const issuer = 'https://auth.example.com/oidc';
const audience = 'https://mcp.example.com/mcp';

/** More tokens than the verifier remembers. */
const TOKENS = 5_010;

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function setUp() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  let verified = 0;
  let now = Date.now();
  const verifier = new TokenVerifier({
    issuer,
    audience,
    keys: async () => {
      verified += 1;
      return publicKey;
    },
    now: () => now,
  });
  const sign = (sub: string, lifetimeS = 600): string => {
    const iat = Math.floor(now / 1000);
    const claims = { client_id: 'client', scope: 'logto:read', iss: issuer, aud: audience, sub };
    const signed = `${encoded({ alg: 'EdDSA', typ: 'at+jwt' })}.${encoded({ ...claims, iat, exp: iat + lifetimeS })}`;
    return `${signed}.${signBytes(null, Buffer.from(signed), privateKey).toString('base64url')}`;
  };
  return {
    verifier,
    sign,
    verified: () => verified,
    wait: (ms: number) => {
      now += ms;
    },
  };
}

it('remembers 5,000 tokens at most, and the oldest is verified again', async () => {
  const { verifier, sign, verified } = setUp();
  const tokens = Array.from({ length: TOKENS }, (_, index) => sign(`person-${index}`));
  for (const token of tokens) {
    await verifier.verifyAccessToken(token);
  }
  expect(verifier.cached).toBe(5_000);
  expect(verified()).toBe(TOKENS);
  await verifier.verifyAccessToken(tokens.at(-1) ?? '');
  expect(verified()).toBe(TOKENS);
  await verifier.verifyAccessToken(tokens[0] ?? '');
  expect(verified()).toBe(TOKENS + 1);
  expect(verifier.cached).toBe(5_000);
}, 60_000);

it('remembers a token for a minute, and no longer than it is valid', async () => {
  const { verifier, sign, verified, wait } = setUp();
  const [long, short] = [sign('long'), sign('short', 20)];
  await verifier.verifyAccessToken(long);
  await verifier.verifyAccessToken(short);
  wait(26_000);
  await expect(verifier.verifyAccessToken(short)).rejects.toThrow(/expired/);
  await verifier.verifyAccessToken(long);
  expect(verified()).toBe(3);
  wait(35_000);
  await verifier.verifyAccessToken(long);
  expect(verified()).toBe(4);
});

it('refuses wrong tokens without remembering them, and passes none on', async () => {
  const { verifier, sign } = setUp();
  const token = sign('ada');
  for (let index = 0; index < 50; index += 1) {
    await expect(verifier.verifyAccessToken(`${token}${index}`)).rejects.toThrow();
  }
  expect(verifier.cached).toBe(0);
  expect(JSON.stringify(await verifier.verifyAccessToken(token))).not.toContain(token);
});
