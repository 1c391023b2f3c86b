/** What each release of Logto has, against the facts of its document. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { catalog } from '../../src/catalog/index.js';
import { operation } from '../../src/catalog/operation.js';
import { probesOf } from '../../src/catalog/probes.js';
import {
  isIn,
  knownValuesOf,
  openEnum,
  openObject,
  type Release,
  releases,
  since,
  sinceOf,
} from '../../src/catalog/releases.js';
import { judge } from '../../src/dev/contract/check.js';
import { compareFacts } from '../../src/dev/contract/compare.js';
import { type Facts, factsOfCatalog } from '../../src/dev/contract/facts.js';
import {
  absentIn,
  featuresOf,
  isServed,
  releaseOfFacts,
  withoutFeatures,
} from '../../src/dev/contract/features.js';
import {
  factsAt,
  factsOfFixture,
  fixtureOf,
  fixtureReleases,
  PINNED_RELEASE,
  type ReleaseFixture,
} from '../../src/dev/contract/release-facts.js';

const read = <T>(file: string): T =>
  JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'));

const pinned: Facts = read('./management-api.json');
const features = featuresOf(catalog);
const ours = factsOfCatalog(catalog);

const fixture = (name: string): ReleaseFixture => read(`./releases/${name}.json`);
const documentOf = (release: Release): Facts =>
  release === PINNED_RELEASE ? pinned : factsOfFixture(pinned, fixture(release));

describe.each(releases)('Logto %s', (release) => {
  const facts = documentOf(release);

  it('differs from the catalog only where an exception explains it', () => {
    const absent = absentIn(features, release);
    const { unexplained, idle } = judge(compareFacts(withoutFeatures(ours, absent), facts), {
      release,
    });
    expect(unexplained).toEqual([]);
    expect(idle, 'exceptions without a difference').toEqual([]);
  });

  it('is recognised by its document', () => {
    expect(releaseOfFacts(facts, features)).toBe(release);
  });

  it('has exactly the newer parts of its release', () => {
    const wrong = features.filter(
      ({ probe, since: from }) => isServed(facts, probe) !== isIn(release, from),
    );
    expect(wrong.map(({ key, argument, value }) => [key, argument, value])).toEqual([]);
  });
});

describe('the fixtures', () => {
  it.each(fixtureReleases)('%s is what `npm run contract -- --pin` writes', (release) => {
    expect(fixture(release)).toEqual(fixtureOf(pinned, factsAt(pinned, release, catalog)));
  });

  it('of 1.42 lack nine operations, and have an id to change in three updates', () => {
    const { '1.42': count } = { '1.42': Object.keys(documentOf('1.42')).length };
    // The number of operations in the types of the package @logto/api 1.42.0.
    expect(count).toBe(275);
    for (const id of ['UpdateOrganization', 'UpdateOrganizationRole', 'UpdateOrganizationScope']) {
      expect(documentOf('1.42')[id]?.body?.properties).toHaveProperty('id');
      expect(pinned[id]?.body?.properties).not.toHaveProperty('id');
    }
  });

  it('of 1.44 and later limit ids of users to 128 characters', () => {
    const limit = (release: Release) =>
      documentOf(release)['CreateOrganizationInvitation']?.body?.properties?.['inviterId']?.max;
    expect(releases.map(limit)).toEqual([21, 21, 128, 128, 128]);
  });

  it('have the number of captcha types by which the releases differ', () => {
    const count = (release: Release) =>
      documentOf(release)['UpdateCaptchaProvider']?.body?.properties?.['config']?.options?.length;
    expect(releases.map(count)).toEqual([2, 2, 3, 3, 4]);
  });
});

describe('a Logto 1.43 with development features', () => {
  // Of a real document, unlike those of the later releases.
  const facts = factsOfFixture(pinned, fixture('1.43-development'));

  it('has the trusted devices of 1.44 as the catalog has them', () => {
    const absent = features.filter(({ probe }) => !isServed(facts, probe));
    const { unexplained, idle } = judge(compareFacts(withoutFeatures(ours, absent), facts), {
      release: '1.43',
      hasDevelopmentFeatures: true,
    });
    // Flagged since 2024, and in no release.
    expect(unexplained.map(({ operation: id, what }) => `${id} ${what}`)).toEqual(
      ['Get', 'Replace', 'Delete'].map(
        (verb) => `${verb}SsoConnectorIdpInitiatedAuthConfig new: only in the document`,
      ),
    );
    expect(idle).toEqual([]);
    const devices = features.filter(({ argument, value, probe }) =>
      /trusted-?device/i.test(`${argument} ${value} ${probe.path}`),
    );
    expect(devices.filter(({ probe }) => !isServed(facts, probe))).toEqual([]);
    expect(devices.length).toBeGreaterThanOrEqual(16);
  });

  it('is recognised as 1.43', () => {
    expect(releaseOfFacts(facts, features)).toBe('1.43');
  });
});

describe('the facts about releases', () => {
  it('name a release or the next one, and every release after the base brought something', () => {
    const named = new Set(features.map((feature) => feature.since));
    expect([...named].sort()).toEqual(['1.43', '1.44', '1.45', '1.46', 'next']);
  });

  it('are inherited by derived and wrapped schemas, and not by the schema they were made from', () => {
    const base = z.boolean();
    const newer = since('1.44', base);
    expect(sinceOf(newer.optional().describe('x'))).toBe('1.44');
    expect(sinceOf(base)).toBeUndefined();
  });

  it('are found at every depth, with the path in the body where one argument is the whole body', () => {
    const probes = probesOf(
      operation('POST /api/things/{id}', {
        summary: 'Make a thing.',
        path: { id: z.string() },
        query: { deep: since('1.44', z.string()).optional() },
        body: {
          rules: z.array(z.strictObject({ kind: openEnum(['a'], { '1.45': ['b'] }) })).optional(),
          free: since('1.46', z.unknown(), 'GET /api/others/{id}').optional(),
        },
        risk: 'none',
      }),
    );
    expect(probes.map(({ probe }) => probe)).toEqual([
      { kind: 'parameter', method: 'POST', path: '/api/things/{}', name: 'deep' },
      {
        kind: 'value',
        method: 'POST',
        path: '/api/things/{}',
        of: { member: 'rules.*.kind' },
        value: 'b',
      },
      { kind: 'operation', method: 'GET', path: '/api/others/{}' },
    ]);
    const whole = features.find(({ key }) => key === 'testJwtCustomizer');
    expect(whole).toMatchObject({
      argument: 'test.context.user.cimdClientId',
      at: { part: 'body', member: 'context.user.cimdClientId' },
    });
  });
});

describe('an open list', () => {
  const list = openEnum(['User.Created'], { '1.44': ['TrustedDevice.Created'] });

  it('accepts unknown values, and refuses another spelling of a known one', () => {
    expect(list.safeParse('Something.New').success).toBe(true);
    expect(list.safeParse('user_created').error?.issues[0]?.message).toBe(
      'must be written "User.Created"',
    );
    expect(list.safeParse('').success).toBe(false);
    expect(knownValuesOf(list.describe('x').optional())?.get('TrustedDevice.Created')).toBe('1.44');
  });

  it('is listed with its known values', () => {
    expect(z.toJSONSchema(list)).toMatchObject({
      type: 'string',
      enum: ['User.Created', 'TrustedDevice.Created'],
    });
  });

  it('of members accepts unknown ones, and refuses another spelling of a known one', () => {
    const object = openObject({ customData: z.string().optional() });
    expect(object.safeParse({ somethingNew: 1 }).success).toBe(true);
    expect(object.safeParse({ custom_data: 'x' }).error?.issues[0]?.message).toBe(
      'must be written "customData"',
    );
  });
});
