/** Invisible characters are shown by their numbers, except where they are a part of how something is written. */
import { describe, expect, it } from 'vitest';
import { markInvisible, oneLine, quotedNames } from '../../src/guard/visible-text.js';

const JOINER = '\u200d';
const NON_JOINER = '\u200c';
const PICTURE = '\ufe0f';
const TEXT_FORM = '\ufe0e';

describe('an invisible character', () => {
  it.each([
    ['a control', 'a\u0007b', 'a<U+0007>b'],
    ['a blank of no width', 'a\u200bb', 'a<U+200B>b'],
    ['a change of direction', 'a\u202eb', 'a<U+202E>b'],
    ['a tag', 'a\u{e0041}b', 'a<U+E0041>b'],
    ['each of several', '\u200b\u200b', '<U+200B><U+200B>'],
    ['a joiner between letters', `a${JOINER}b`, `a<U+200D>b`],
    ['a joiner before an emoji only', `a${JOINER}👩`, `a<U+200D>👩`],
    ['a joiner after an emoji only', `👩${JOINER}a`, `👩<U+200D>a`],
    ['a joiner after an emoji at the end', `👩${JOINER}`, `👩<U+200D>`],
    ['a second joiner', `👩${JOINER}${JOINER}👩`, `👩<U+200D><U+200D>👩`],
    ['a joiner from a script to a letter', `क${JOINER}a`, `क<U+200D>a`],
    ['a joiner from a letter to a script', `a${JOINER}क`, `a<U+200D>क`],
    ['a non-joiner between letters', `a${NON_JOINER}b`, `a<U+200C>b`],
    ['a non-joiner between emojis', `👩${NON_JOINER}👩`, `👩<U+200C>👩`],
    ['a non-joiner from a script to a letter', `م${NON_JOINER}a`, `م<U+200C>a`],
    ['a non-joiner from a letter to a script', `a${NON_JOINER}م`, `a<U+200C>م`],
    ['a selector after a letter', `a${PICTURE}`, 'a<U+FE0F>'],
    ['a selector after a digit', `1${PICTURE}`, '1<U+FE0F>'],
    ['a selector of a key that is a letter', `a${PICTURE}\u20e3`, 'a<U+FE0F>\u20e3'],
    ['a second selector', `❤${PICTURE}${PICTURE}`, `❤${PICTURE}<U+FE0F>`],
    ['another selector', 'a\ufe00', 'a<U+FE00>'],
  ])('is shown by its number: %s', (_, text, shown) => {
    expect(markInvisible(text)).toBe(shown);
  });

  it.each([
    ['in a family', `👩${JOINER}👩${JOINER}👧`],
    ['after a colour of skin', `👩🏽${JOINER}🚀`],
    ['after a picture with a selector', `❤${PICTURE}${JOINER}🔥`],
    ['in a script that joins letters', `क्${JOINER}ष`],
    ['that keeps letters of a script apart', `می${NON_JOINER}خواهم`],
    ['that makes a picture', `❤${PICTURE}`],
    ['that makes a text of a picture', `❤${TEXT_FORM}`],
    ['that makes a key', `1${PICTURE}\u20e3`],
    ['that makes a key of a sign', `#${PICTURE}\u20e3`],
  ])('is left where it belongs: %s', (_, text) => {
    expect(markInvisible(text)).toBe(text);
  });

  it('is told from text in any language, tabs and line breaks', () => {
    const text = 'Ärger\t日本語\r\nплан ~';
    expect(markInvisible(text)).toBe(text);
  });
});

it('one line has its tabs and line breaks shown, and what is invisible', () => {
  expect(oneLine('a\tb\nc\rd\u200be f')).toBe('a<U+0009>b<U+000A>c<U+000D>d<U+200B>e f');
});

describe('names in a sentence', () => {
  it.each([
    [['name', 'config.url', 'a-b_c1'], 'name, config.url, a-b_c1'],
    [['a b'], '"a b"'],
    [['1a'], '"1a"'],
    [[' a'], '" a"'],
    [['a!'], '"a!"'],
    [['x'.repeat(40)], 'x'.repeat(40)],
    [['x'.repeat(41)], `"${'x'.repeat(41)}"`],
    [['line\nbreak'], '"line<U+000A>break"'],
    [['é'.repeat(80)], `"${'é'.repeat(80)}"`],
    [['é'.repeat(81)], `"${'é'.repeat(80)}..."`],
    [['👩'.repeat(81)], `"${'👩'.repeat(80)}..."`],
    [[], ''],
  ])('are quoted and shortened where they are not plain: %j', (names, shown) => {
    expect(quotedNames(names)).toBe(shown);
  });

  it('are at most twenty', () => {
    const names = (count: number) => Array.from({ length: count }, (_, index) => `n${index}`);
    expect(quotedNames(names(20))).toBe(names(20).join(', '));
    expect(quotedNames(names(23))).toBe(`${names(20).join(', ')}, and 3 more`);
  });
});
