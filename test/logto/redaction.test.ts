import { describe, expect, it } from 'vitest';
import { basic, secretsOf } from '../../src/logto/credentials.js';
import { createLogRedactor, createValueRedactor } from '../../src/logto/redaction.js';

describe('the value redactor', () => {
  const secret = 'S3cret/+"value\\';
  const redact = createValueRedactor(() => [secret]);

  it.each([
    ['as it is', secret],
    ['in a URL', encodeURIComponent(secret)],
    ['in a form', new URLSearchParams({ s: secret }).toString().slice(2)],
    ['inside JSON', JSON.stringify(secret).slice(1, -1)],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in base64url', Buffer.from(secret).toString('base64url')],
    ['in small letters', secret.toLowerCase()],
  ])('removes a secret %s, wherever it occurs', (_, form) => {
    expect(redact(`a ${form} b ${form}`)).toBe('a [redacted] b [redacted]');
  });

  it('leaves other texts as they are', () => {
    expect(redact('S3cret')).toBe('S3cret');
  });

  it('does not remove words because a secret is short', () => {
    expect(createValueRedactor(() => ['token', ''])('a token')).toBe('a token');
  });

  it('follows a list that changes', () => {
    let secrets: readonly string[] = ['first-secret'];
    const follow = createValueRedactor(() => secrets);
    expect(follow('first-secret second-secret')).toBe('[redacted] second-secret');
    secrets = ['second-secret', ...secrets];
    expect(follow('first-secret second-secret')).toBe('[redacted] [redacted]');
  });

  it('removes the whole of a secret that contains another', () => {
    expect(createValueRedactor(() => ['abcdefgh', 'abcdefgh-ijkl'])('abcdefgh-ijkl')).toBe(
      '[redacted]',
    );
  });
});

describe('the redactor of the log', () => {
  const redactorOf = (...secrets: string[]) => createLogRedactor(() => secrets);

  it('removes a secret in any case and in its URL-encoded form', () => {
    const redact = redactorOf('Top.Secret+1');
    expect(
      redact('No answer from http://top.secret+1, TOP.SECRET+1, Top.Secret%2B1, topsecret+1'),
    ).toBe('No answer from http://[redacted], [redacted], [redacted], topsecret+1');
  });

  it('removes every form of the App secret in which it is sent', () => {
    const credentials = {
      endpoint: 'https://auth.example.com',
      resource: 'https://default.logto.app/api',
      appId: 'application',
      appSecret: 'l0ng secret',
    };
    const redact = redactorOf(...secretsOf(credentials));
    const encoded = Buffer.from('application:l0ng%20secret').toString('base64');
    expect(redact(`sent ${encoded} and l0ng secret, ${basic(credentials)}`)).toBe(
      'sent [redacted] and [redacted], [redacted]',
    );
  });

  it('removes a secret that becomes known later, and what looks like a token', () => {
    let secrets: readonly string[] = [];
    const redact = createLogRedactor(() => secrets);
    expect(redact('opaque-token-1')).toBe('opaque-token-1');
    secrets = ['opaque-token-1'];
    expect(redact('opaque-token-1')).toBe('[redacted]');
    expect(redact('authorization: Bearer abcdefgh.1')).toBe('authorization: [redacted]');
    expect(redact('eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln')).toBe('[redacted]');
  });

  it('does not change values that are too short to be secrets', () => {
    expect(redactorOf('abc', '')('abc')).toBe('abc');
    expect(redactorOf('hush')('a hush')).toBe('a [redacted]');
  });
});

describe('text of a tenant', () => {
  it('keeps text that only looks like a token', () => {
    expect(createValueRedactor(() => [])('Bearer abcdefgh.1')).toBe('Bearer abcdefgh.1');
  });
});
