import { describe, expect, it } from 'vitest';
import { LogtoError } from '../../src/logto/errors.js';
import { routeTo } from '../../src/logto/proxy.js';

const proxy = 'http://proxy.test:3128';
const there = 'https://auth.example.com';

describe('the route to an address', () => {
  it.each([
    [{ HTTPS_PROXY: proxy }, there, 'HTTPS_PROXY'],
    [{ https_proxy: proxy, HTTPS_PROXY: 'http://other.test' }, there, 'https_proxy'],
    [{ https_proxy: ' ', HTTPS_PROXY: proxy }, there, 'HTTPS_PROXY'],
    [{ HTTP_PROXY: proxy }, there, 'HTTP_PROXY'],
    [{ HTTP_PROXY: proxy, HTTPS_PROXY: 'http://other.test' }, 'http://logto:3001', 'HTTP_PROXY'],
  ])('with %j to %s uses the proxy of %s', (env, address, variable) => {
    expect(routeTo(address, env)).toEqual({ proxy: { uri: proxy, shown: proxy, variable } });
  });

  it.each([
    [{}, there],
    [{ HTTPS_PROXY: '' }, there],
    [{ HTTPS_PROXY: proxy }, 'http://logto:3001'],
  ])('with %j to %s is direct', (env, address) => {
    expect(routeTo(address, env)).toEqual({});
  });

  it.each([
    ['auth.example.com', there, true],
    ['AUTH.Example.com', there, true],
    ['example.com', there, true],
    ['.example.com', there, true],
    ['*.example.com', there, true],
    ['*', there, true],
    ['localhost,127.0.0.1 example.com', there, true],
    ['auth.example.com:443', there, true],
    ['auth.example.com:8443', there, false],
    ['auth.example.com:8443', `${there}:8443`, true],
    ['ample.com', there, false],
    ['auth.example.com.evil', there, false],
    ['', there, false],
  ])('is exempted by NO_PROXY=%s for %s: %s', (exceptions, address, exempted) => {
    const env = { HTTPS_PROXY: proxy, no_proxy: exceptions };
    expect(routeTo(address, env)).toEqual(
      exempted
        ? { exempted: 'HTTPS_PROXY' }
        : { proxy: { uri: proxy, shown: proxy, variable: 'HTTPS_PROXY' } },
    );
  });

  it('shows no credentials', () => {
    const route = routeTo(there, { HTTPS_PROXY: 'socks5://ann:hush@proxy.test:1080' });
    expect(route.proxy?.uri).toContain('hush');
    expect(route.proxy?.shown).toBe('socks5://proxy.test:1080');
  });

  it.each(['proxy:3128', '10.0.0.1:3128', 'ftp://proxy.test', 'ann:hush@proxy'])(
    'is refused for %s, which is not repeated',
    (value) => {
      const refused = () => routeTo(there, { HTTPS_PROXY: value });
      expect(refused).toThrow(LogtoError);
      expect(refused).toThrow('HTTPS_PROXY is not the address of a proxy.');
      expect(refused).not.toThrow('hush');
    },
  );
});
