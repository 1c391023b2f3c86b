import { describe, expect, it } from 'vitest';
import { createValueRedactor } from '../../src/logto/redaction.js';

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
