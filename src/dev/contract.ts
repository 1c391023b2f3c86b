/**
 * `npm run contract -- <url or file>`: prints the differences between the catalog and the Management API of a Logto.
 * `--pin` stores the facts of the document, which the tests compare the catalog with, the keys of its summaries, and the
 * members of its answers.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { catalog } from '../catalog/index.js';
import { parseAnswers } from '../mcp/search/answers.js';
import { answerLines, answersOf } from './contract/answers.js';
import { judge } from './contract/check.js';
import { compareFacts } from './contract/compare.js';
import { type Facts, factsOfCatalog, factsOfDocument } from './contract/facts.js';
import { summaryKeyLines } from './contract/summary-keys.js';

const PINNED_FACTS = 'test/catalog/management-api.json';
/** The hashed summaries, which the search takes as keys. */
const SUMMARY_KEYS = 'src/mcp/search/summary-keys.tsv';
/** What each answer holds, which find_operations shows. */
const ANSWERS = 'src/mcp/search/answers.tsv';
/** Where a Logto serves the document of its Management API; it needs no token. */
const DOCUMENT_PATH = '/api/.well-known/management.openapi.json';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function load(source: string): Promise<unknown> {
  if (!/^https?:\/\//.test(source)) {
    return JSON.parse(await readFile(source, 'utf8'));
  }
  const url = new URL(source);
  const answer = await fetch(url.pathname === '/' ? new URL(DOCUMENT_PATH, url) : url);
  if (!answer.ok) {
    throw new Error(`${answer.url} answered ${answer.status}.`);
  }
  return answer.json();
}

const [source] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
if (source === undefined) {
  say(
    'Give the address of a Logto, such as https://auth.example.com, or the file of its OpenAPI document.',
  );
  process.exit(2);
}
const document = await load(source);
const facts: Facts = factsOfDocument(document);
if (Object.keys(facts).length === 0) {
  say(`${source} has no operations: it is not the document of a Management API.`);
  process.exit(2);
}
if (process.argv.includes('--pin')) {
  const rows = Object.entries(facts).map(
    ([id, row]) => `${JSON.stringify(id)}:${JSON.stringify(row)}`,
  );
  await writeFile(PINNED_FACTS, `{\n${rows.join(',\n')}\n}\n`);
  await writeFile(SUMMARY_KEYS, summaryKeyLines(document, catalog));
  const previous = parseAnswers(await readFile(ANSWERS, 'utf8'));
  await writeFile(ANSWERS, answerLines(answersOf(document, catalog, previous)));
  say(
    `${rows.length} operations are pinned in ${PINNED_FACTS}, their summaries in ${SUMMARY_KEYS}, their answers in ${ANSWERS}.`,
  );
}
const { unexplained, explained } = judge(compareFacts(factsOfCatalog(catalog), facts));
for (const { operation, place, what } of unexplained) {
  say(`${operation}${place === '' ? '' : ` ${place}`}: ${what}`);
}
say(
  `${Object.keys(facts).length} operations in the document; ${unexplained.length} unexplained differences and ${explained} explained ones.`,
);
process.exitCode = unexplained.length === 0 ? 0 : 1;
