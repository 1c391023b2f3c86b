/**
 * `npm run contract -- <url or file>`: compares the catalog with the Management API of a running Logto, or with its OpenAPI document,
 * and prints a report for the maintainer of the catalog.
 *
 * - `--report <file>` writes the report into a file.
 * - `--pin` stores the facts of the document, from which those of all releases are derived, the keys of its summaries, and the
 *   members of its answers.
 * - `--fixture <file>` stores what the document has otherwise than the pinned facts.
 */
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { catalog } from '../catalog/index.js';
import { parseAnswers } from '../mcp/search/answers.js';
import { answerLines, answersOf } from './contract/answers.js';
import type { Facts } from './contract/facts.js';
import { factsAt, fixtureOf, fixtureReleases, PINNED_RELEASE } from './contract/release-facts.js';
import { formatReport, type LineOf, reportOn } from './contract/report.js';
import { summaryKeyLines } from './contract/summary-keys.js';

const PINNED_FACTS = 'test/catalog/management-api.json';
const FIXTURES = 'test/catalog/releases';
/** The hashed summaries, which the search takes as keys. */
const SUMMARY_KEYS = 'src/mcp/search/summary-keys.tsv';
/** What each answer holds, which find_operations shows. */
const ANSWERS = 'src/mcp/search/answers.tsv';
/** Where a Logto serves the document of its Management API; it needs no token. */
const DOCUMENT_PATH = '/api/.well-known/management.openapi.json';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Prints why nothing can be done, and ends. */
function stop(why: string): never {
  say(why);
  process.exit(2);
}

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

/** Facts as a file with one operation a line. */
const rowsOf = (facts: Readonly<Record<string, unknown>>): string =>
  `{\n${Object.entries(facts)
    .map(([id, row]) => `${JSON.stringify(id)}:${JSON.stringify(row)}`)
    .join(',\n')}\n}\n`;

const readFacts = async (path: string): Promise<Facts> => JSON.parse(await readFile(path, 'utf8'));

/** The lines on which the operations of a domain begin. */
const lineOf: LineOf = (domain, key) => {
  const lines = readFileSync(`src/catalog/${domain}.ts`, 'utf8').split('\n');
  const index = lines.findIndex((line) => line.trimStart().startsWith(`${key}: operation(`));
  return index < 0 ? undefined : index + 1;
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pin: { type: 'boolean', default: false },
    report: { type: 'string' },
    fixture: { type: 'string' },
  },
});
const [source] = positionals;
if (source === undefined) {
  stop(
    'Give the address of a Logto, such as https://auth.example.com, or the file of its OpenAPI document.',
  );
}
const document = await load(source);
const report = reportOn(document, catalog);
if (report.operations === 0) {
  stop(`${source} has no operations: it is not the document of a Management API.`);
}
if (values.pin) {
  if (report.release !== PINNED_RELEASE) {
    stop(
      `${source} is of Logto ${report.release}. Set PINNED_RELEASE in src/dev/contract/release-facts.ts to it first.`,
    );
  }
  await writeFile(PINNED_FACTS, rowsOf(report.facts));
  for (const release of fixtureReleases) {
    const fixture = fixtureOf(report.facts, factsAt(report.facts, release, catalog));
    await writeFile(`${FIXTURES}/${release}.json`, rowsOf(fixture));
  }
  const present = await readFile(SUMMARY_KEYS, 'utf8');
  await writeFile(SUMMARY_KEYS, summaryKeyLines(document, catalog, present));
  const previous = parseAnswers(await readFile(ANSWERS, 'utf8'));
  await writeFile(ANSWERS, answerLines(answersOf(document, catalog, previous)));
  say(
    `${report.operations} operations are pinned in ${PINNED_FACTS}, the other releases in ${FIXTURES}, the summaries in ${SUMMARY_KEYS}, their answers in ${ANSWERS}.`,
  );
}
if (values.fixture !== undefined) {
  const fixture = fixtureOf(await readFacts(PINNED_FACTS), report.facts);
  await writeFile(values.fixture, rowsOf(fixture));
  say(`What ${source} has otherwise than ${PINNED_FACTS} is in ${values.fixture}.`);
}
const text = formatReport(report, source, catalog, lineOf);
if (values.report === undefined) {
  say(text);
} else {
  await writeFile(values.report, text);
  say(`The report is in ${values.report}.`);
}
const differences = report.new.length + report.changed.length + report.gone.length;
process.exitCode = differences === 0 ? 0 : 1;
