/** The key of the sandbox's authorization server: ES384, as Logto makes it. */
import {
  createHash,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign,
} from 'node:crypto';

export interface SigningKey {
  readonly kid: string;
  readonly publicJwk: JsonWebKey;
  /** Signs a JWT. @param type the `typ` of its header */
  sign(payload: Readonly<Record<string, unknown>>, type: string): string;
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function signWith(key: KeyObject, kid: string, payload: unknown, typ: string): string {
  const input = `${encode({ alg: 'ES384', typ, kid })}.${encode(payload)}`;
  const signature = sign('sha384', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

/** Makes a new key. */
export function createSigningKey(): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const jwk = publicKey.export({ format: 'jwk' });
  const kid = createHash('sha256').update(JSON.stringify(jwk)).digest('base64url').slice(0, 16);
  return {
    kid,
    publicJwk: { ...jwk, kid, alg: 'ES384', use: 'sig' },
    sign: (payload, typ) => signWith(privateKey, kid, payload, typ),
  };
}
