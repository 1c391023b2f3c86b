/** What other programs say is printed on a terminal: nothing in it may act there. */
import { expect, it } from 'vitest';
import { redactor } from '../../src/doctor/redact.js';

it('a secret that stands where it does not belong is withheld, in small letters too', () => {
  const conceal = redactor(undefined, { LOGTO_APP_SECRET: 'Top.Secret+1' });
  expect(conceal('No answer from http://top.secret+1, Top.Secret%2B1, topsecret+1')).toBe(
    'No answer from http://[withheld], [withheld], topsecret+1',
  );
});

it('what a terminal would carry out, and what nobody sees, is shown by its number', () => {
  const conceal = redactor(undefined, { LOGTO_APP_SECRET: 'top-secret' });
  expect(conceal('role \u001b[2J\u009b31m\u202e top-secret \u200b')).toBe(
    'role <U+001B>[2J<U+009B>31m<U+202E> [withheld] <U+200B>',
  );
});
