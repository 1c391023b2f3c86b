/** Secrets in text that people read. */
import { expect, it } from 'vitest';
import { Redactor } from '../src/redact.js';

it('redacts a secret in any case and in its URL-encoded form', () => {
  const { redact } = new Redactor('Top.Secret+1');
  expect(redact('No answer from http://top.secret+1, Top.Secret%2B1, topsecret+1')).toBe(
    'No answer from http://[redacted], [redacted], topsecret+1',
  );
});

it('redacts the App secret in the form of HTTP Basic authentication', () => {
  const credentials = {
    endpoint: 'https://auth.example.com',
    resource: 'https://default.logto.app/api',
    appId: 'application',
    appSecret: 'l0ng secret',
  };
  const { redact } = Redactor.of(credentials);
  const encoded = Buffer.from('application:l0ng%20secret').toString('base64');
  expect(redact(`sent ${encoded} and l0ng secret`)).toBe('sent [redacted] and [redacted]');
});

it('redacts a secret that is added later, and what looks like a token', () => {
  const redactor = new Redactor();
  expect(redactor.redact('opaque-token-1')).toBe('opaque-token-1');
  redactor.add('opaque-token-1');
  expect(redactor.redact('opaque-token-1')).toBe('[redacted]');
  expect(redactor.redact('authorization: Bearer abcdefgh.1')).toBe('authorization: [redacted]');
  expect(redactor.redact('eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln')).toBe('[redacted]');
});

it('leaves values alone that are too short to be secrets', () => {
  expect(new Redactor('abc', '').redact('abc')).toBe('abc');
});

it('shows control and invisible characters by their code point', () => {
  expect(new Redactor('top-secret').redact('role \u001b[2J\u009b31m\u202e top-secret \u200b')).toBe(
    'role <U+001B>[2J<U+009B>31m<U+202E> [redacted] <U+200B>',
  );
});
