/** `docs/support.md`: what works since which release of Logto, and on which releases of Node the tests ran. */
import { catalog } from '../catalog/index.js';
import {
  BASE_RELEASE,
  CATALOG_RELEASE,
  describeSince,
  isIn,
  NEXT_RELEASE,
  releases,
  SANDBOX_RELEASES,
} from '../catalog/release-names.js';
import { featuresOf } from './contract/features.js';
import { RELEASES, readResults } from './node-versions.js';

const operationCount = Object.values(catalog).reduce(
  (count, { operations }) => count + Object.keys(operations).length,
  0,
);

const code = (text: string): string => `\`${text}\``;

/** One row per operation and release: the operation itself, or its newer arguments and values. */
function rows(): readonly string[] {
  const features = featuresOf(catalog);
  return SANDBOX_RELEASES.flatMap((since) => {
    const ofRelease = features.filter((feature) => feature.since === since);
    const tools = [...new Set(ofRelease.map(({ tool }) => tool))];
    return tools.map((tool) => {
      const parts = ofRelease.filter((feature) => feature.tool === tool);
      const isNew = parts.some(({ argument }) => argument === undefined);
      const what = isNew
        ? 'the operation'
        : [
            ...new Set(
              parts.map(({ argument = '', value }) =>
                value === undefined ? code(argument) : `${code(argument)}: ${code(value)}`,
              ),
            ),
          ].join(', ');
      const works = releases.map((release) => (isIn(release, since) ? '✓' : '')).join(' | ');
      return `| ${code(tool)} | ${what} | ${works} |`;
    });
  });
}

/** The results of the tests on each release of Node. */
function nodeRows(): readonly string[] {
  const results = readResults();
  return RELEASES.map((release) => {
    const result = results[release];
    return result === undefined
      ? `| ${release} | not run yet | | |`
      : `| ${result.node} | ${result.passed} | ${result.failed} | ${result.skipped} |`;
  });
}

/** The page. */
export const supportPage = (): string =>
  [
    '# Supported releases',
    '',
    '<!-- Written by `npm run docs` from the code. Change the code instead. -->',
    '',
    `The catalog has ${operationCount} operations and describes Logto ${BASE_RELEASE} to ${CATALOG_RELEASE}. What the table does not name works in all of them. Patch releases count as their minor release.`,
    '',
    'An older Logto answers 404 to an operation that it does not have. It ignores an argument that it does not know without an error, and refuses an unknown value of a list with 400 `guard.invalid_input`.',
    '',
    `| tool | what is newer | ${releases.join(' | ')} |`,
    `| --- | --- | ${releases.map(() => ':---:').join(' | ')} |`,
    ...rows(),
    '',
    `A row without a mark is of ${describeSince(NEXT_RELEASE)}.`,
    '',
    `\`update_organization\`, \`update_organization_role\` and \`update_organization_scope\` of Logto ${BASE_RELEASE} take a new \`id\` in the body. No tool offers it, because later releases ignore it.`,
    '',
    '`--sandbox --sandbox-release 1.42` starts the sandbox as an older Logto.',
    '',
    '## Node',
    '',
    'The program needs Node 20.19 or newer. `npm run test:node` runs the tests on these releases, with the last results:',
    '',
    '| Node | passed | failed | skipped |',
    '| --- | ---: | ---: | ---: |',
    ...nodeRows(),
    '',
  ].join('\n');
