/** What a maintainer has to do after Logto changed: new, changed and gone operations with the lines of the catalog to edit. */
import type { Domain } from '../../catalog/operation.js';
import { type Release, releases, type Since } from '../../catalog/release-names.js';
import { isObject, listIn } from '../../json.js';
import { judge } from './check.js';
import { type ContractDifference, compareFacts } from './compare.js';
import { type Facts, factsOfCatalog, factsOfDocument } from './facts.js';
import {
  type CatalogFeature,
  featuresOf,
  isServed,
  releaseOfFacts,
  withoutFeatures,
} from './features.js';
import { fieldCode, fieldPlaceOf, fileOfTag, operationCode } from './propose.js';

export interface Report {
  /** How many operations the document has. */
  readonly operations: number;
  /** The newest release of which the document has everything. */
  readonly release: Release;
  /** Of later releases: how many of their parts the document has. */
  readonly later: readonly { readonly since: Since; readonly has: number; readonly of: number }[];
  /** Differences without a reason in `exceptions.ts`. */
  readonly new: readonly ContractDifference[];
  readonly changed: readonly ContractDifference[];
  /** Parts of the catalog that the document should have and lacks. */
  readonly gone: readonly (ContractDifference | CatalogFeature)[];
  /** Parts of later releases that the document lacks, as it should. */
  readonly ahead: readonly CatalogFeature[];
  readonly explained: number;
  readonly facts: Facts;
  /** By operationId. */
  readonly tags: ReadonlyMap<string, readonly string[]>;
}

function tagsOf(document: unknown): ReadonlyMap<string, readonly string[]> {
  const paths = isObject(document) && isObject(document['paths']) ? document['paths'] : {};
  return new Map(
    Object.values(paths).flatMap((item) =>
      Object.values(isObject(item) ? item : {}).flatMap((operation): [string, string[]][] =>
        isObject(operation) && typeof operation['operationId'] === 'string'
          ? [[operation['operationId'], listIn(operation['tags']).map(String)]]
          : [],
      ),
    ),
  );
}

/** Compares a document with the catalog. What only later releases have is no difference. */
export function reportOn(document: unknown, catalog: Readonly<Record<string, Domain>>): Report {
  const facts = factsOfDocument(document);
  const features = featuresOf(catalog);
  const release = releaseOfFacts(facts, features);
  const absent = features.filter(({ probe }) => !isServed(facts, probe));
  const isLater = ({ since }: CatalogFeature): boolean =>
    since === 'next' || releases.indexOf(since) > releases.indexOf(release);
  const { unexplained, explained } = judge(
    compareFacts(withoutFeatures(factsOfCatalog(catalog), absent), facts),
  );
  const laterReleases = [...new Set(features.filter(isLater).map(({ since }) => since))];
  return {
    operations: Object.keys(facts).length,
    release,
    later: laterReleases
      .map((since) => {
        const parts = features.filter((feature) => feature.since === since);
        const has = parts.filter(({ probe }) => isServed(facts, probe)).length;
        return { since, has, of: parts.length };
      })
      .filter(({ has }) => has > 0),
    new: unexplained.filter(({ what }) => what.startsWith('new:')),
    changed: unexplained.filter(({ what }) => !/^(new|removed):/.test(what)),
    gone: [
      ...unexplained.filter(({ what }) => what.startsWith('removed:')),
      ...absent.filter((feature) => !isLater(feature)),
    ],
    ahead: absent.filter(isLater),
    explained,
    facts,
    tags: tagsOf(document),
  };
}

/** Finds the line of an operation in a file of the catalog; undefined where it is not known. */
export type LineOf = (domain: string, key: string) => number | undefined;

/** `src/catalog/users.ts:120 createUser` */
function lineIn(domain: string, key: string, lineOf: LineOf): string {
  const line = lineOf(domain, key);
  return `src/catalog/${domain}.ts${line === undefined ? '' : `:${line}`} ${key}`;
}

const lastName = (place: string): string => place.replace(/.*[.>]/, '');

/** What to write for a difference inside an operation. */
function adviceOn({ place, what, served, values }: ContractDifference): string {
  if (what === 'only in the document' && served !== undefined && !place.endsWith('>')) {
    return `add \`${fieldCode(lastName(place), served)}\``;
  }
  if (values !== undefined) {
    const { added, gone } = values;
    return [
      ...(added.length > 0
        ? [
            `add the values ${added.map((value) => `\`${value}\``).join(', ')}: in an open list under \`[NEXT_RELEASE]\``,
          ]
        : []),
      ...(gone.length > 0
        ? [`the document lacks the values ${gone.map((value) => `\`${value}\``).join(', ')}`]
        : []),
    ].join('; ');
  }
  return 'follow the document, or give the reason in `src/dev/contract/exceptions.ts`';
}

const isFeature = (item: ContractDifference | CatalogFeature): item is CatalogFeature =>
  'probe' in item;

const partOf = ({ argument, value }: CatalogFeature): string =>
  `${argument === undefined ? 'the operation' : `\`${argument}\``}${value === undefined ? '' : ` \`${value}\``}`;

/** The report as Markdown. */
export function formatReport(
  report: Report,
  source: string,
  catalog: Readonly<Record<string, Domain>>,
  lineOf: LineOf,
): string {
  const { operations, release, later, gone, ahead, explained, facts, tags } = report;
  const whereIs = (operationId: string): string => {
    const place = fieldPlaceOf(operationId, catalog);
    return place === undefined ? operationId : lineIn(place.domain, place.key, lineOf);
  };
  const newLines = report.new.flatMap(({ operation }) => {
    const served = facts[operation];
    const [tag, ...others] = tags.get(operation) ?? [];
    return served === undefined
      ? []
      : [
          `### ${operation}${others.length > 0 ? ` (${others.join(', ')})` : ''}`,
          '',
          `In ${fileOfTag(tag, catalog)}:`,
          '',
          '```ts',
          ...operationCode(operation, served, catalog),
          '```',
          '',
        ];
  });
  const changedLines = report.changed.map((difference) => {
    const { operation, place, what, values } = difference;
    return `- ${whereIs(operation)}: ${place === '' ? '' : `\`${place}\` `}${values === undefined ? `${what}: ` : ''}${adviceOn(difference)}`;
  });
  const goneLines = gone.map((item) =>
    isFeature(item)
      ? `- ${lineIn(item.domain, item.key, lineOf)}: ${partOf(item)} should be there since ${item.since}`
      : `- ${whereIs(item.operation)}: the operation is not in the document`,
  );
  const aheadLines = ahead.map(
    (item) => `- ${item.since} ${lineIn(item.domain, item.key, lineOf)}: ${partOf(item)}`,
  );
  const section = (title: string, lines: readonly string[], about?: string): string[] =>
    lines.length === 0
      ? []
      : [`## ${title}`, '', ...(about === undefined ? [] : [about, '']), ...lines, ''];
  return [
    '# Contract report',
    '',
    `${source}: ${operations} operations. It has everything of Logto ${release}${later
      .map(
        ({ since, has, of }) =>
          `, and ${has} of the ${of} newer parts of ${since === 'next' ? 'a later release' : since}`,
      )
      .join('')}.`,
    '',
    `${report.new.length} new, ${report.changed.length} changed, ${gone.length} gone; ${explained} differences are explained in src/dev/contract/exceptions.ts, ${ahead.length} parts of the catalog are newer than this Logto.`,
    '',
    ...section(
      'New operations',
      newLines,
      'docs/adding-an-operation.md names the other places that each of them needs.',
    ),
    ...section('Changed', changedLines),
    ...section('Gone', goneLines),
    ...section('Newer than this Logto', aheadLines),
  ].join('\n');
}
