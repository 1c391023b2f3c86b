/**
 * Every relative link in the README, the documentation and the other pages has a target file, and a heading if it names
 * one.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../support/process.js';

const pages = [
  'README.md',
  'CHANGELOG.md',
  'SECURITY.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file)),
];

const textOf = (page: string): string => readFileSync(join(root, page), 'utf8');

/** A page without its code, in which brackets are no links and `#` begins no heading. */
const proseOf = (page: string): string =>
  textOf(page)
    .replaceAll(/^ *```[\s\S]*?^ *```/gm, '')
    .replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()#]/g, ' '));

/** The anchor that GitHub makes of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');

const anchorsIn = (page: string): string[] =>
  [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));

/** The links without a target. @param text the prose of a page @param page its path, from which links are relative */
function brokenLinks(text: string, page: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      return (
        !existsSync(join(root, target)) ||
        (anchor !== undefined && !anchorsIn(target).includes(anchor))
      );
    });
}

describe('relative links', () => {
  it.each(pages)('of %s have a target', (page) => {
    expect(brokenLinks(proseOf(page), page)).toEqual([]);
  });

  it('without a target are found', () => {
    const text =
      '[a](docs/nothing.md) [b](docs/safety.md#nothing) [c](docs/safety.md#risks) [d](#start)';
    expect(brokenLinks(text, 'README.md')).toEqual(['docs/nothing.md', 'docs/safety.md#nothing']);
  });
});
