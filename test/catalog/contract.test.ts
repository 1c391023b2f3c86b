/** The catalog against the facts of the Management API, in both directions. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/index.js';
import { judge } from '../../src/dev/contract/check.js';
import { compareFacts } from '../../src/dev/contract/compare.js';
import { exceptions } from '../../src/dev/contract/exceptions.js';
import { type Facts, factsOfCatalog } from '../../src/dev/contract/facts.js';
import { absentIn, featuresOf, withoutFeatures } from '../../src/dev/contract/features.js';
import { PINNED_RELEASE } from '../../src/dev/contract/release-facts.js';
import { isObject } from '../../src/json.js';

const pinned: Facts = JSON.parse(
  readFileSync(new URL('./management-api.json', import.meta.url), 'utf8'),
);
/** The part of the catalog that the release of the pinned document has. */
const ours = withoutFeatures(
  factsOfCatalog(catalog),
  absentIn(featuresOf(catalog), PINNED_RELEASE),
);
const kind = { release: PINNED_RELEASE };

describe('the contract', () => {
  const verdict = judge(compareFacts(ours, pinned), kind);

  it('has no unexpected difference', () => {
    expect(verdict.unexplained).toEqual([]);
  });

  it('has no unused exception', () => {
    expect(verdict.idle).toEqual([]);
  });

  it('gives a reason for each exception', () => {
    expect(exceptions.filter(({ reason }) => reason.length < 15)).toEqual([]);
  });

  it('reports each kind of difference', () => {
    const { ListRoles: role } = ours;
    if (role === undefined) {
      expect.fail('ListRoles is not in the catalog');
    }
    const detected = (changed: typeof role) =>
      compareFacts({ ListRoles: changed }, { ListRoles: role }).map(({ what }) => what);
    expect(detected(role)).toEqual([]);
    expect(detected({ ...role, method: 'POST' })).toHaveLength(1);
    expect(detected({ ...role, paged: false })).toEqual(['paged in the document alone']);
    expect(detected({ ...role, searched: false })).toEqual(['searched in the document alone']);
    expect(detected({ ...role, query: { type: 'object' } })).toHaveLength(3);
    expect(compareFacts({}, { ListRoles: role })).toHaveLength(1);
    expect(compareFacts({ ListRoles: role }, {})).toHaveLength(1);
  });
});

/** Changes a shape in place. */
type Edit = (shape: Record<string, unknown>) => void;

/** The shape at `place`; `body <type=Totp> secret` goes into a form, `query start_time` into a query. */
function shapeAt(operation: unknown, place: string): Record<string, unknown> {
  const target = place.split(' ').reduce<unknown>((shape, step) => {
    if (Array.isArray(shape)) {
      return shape[Number(step)];
    }
    if (!isObject(shape)) {
      return undefined;
    }
    const form = /^<(\w+)=(.*)>$/.exec(step);
    if (form !== null) {
      const options = Array.isArray(shape['options']) ? shape['options'] : [];
      return options.find((option) =>
        JSON.stringify(option?.properties?.[String(form[1])]?.enum)?.includes(String(form[2])),
      );
    }
    if (step === '[]') {
      return shape['items'];
    }
    if (step === '{}') {
      return shape['values'];
    }
    const { properties } = shape;
    return isObject(properties) ? properties[step] : shape[step];
  }, operation);
  if (!isObject(target)) {
    expect.fail(`There is nothing at ${place}.`);
  }
  return target;
}

const members = (shape: Record<string, unknown>): Record<string, unknown> =>
  isObject(shape['properties']) ? shape['properties'] : shape;

const rename =
  (from: string, to: string): Edit =>
  (shape) => {
    const all = members(shape);
    all[to] = all[from];
    delete all[from];
  };

const add =
  (name: string, type: string): Edit =>
  (shape) => {
    members(shape)[name] = { type };
  };

const retype =
  (type: string): Edit =>
  (shape) => {
    for (const key of Object.keys(shape)) {
      delete shape[key];
    }
    shape['type'] = type;
  };

const set =
  (key: string, value: unknown): Edit =>
  (shape) => {
    if (value === undefined) {
      delete shape[key];
    } else {
      shape[key] = value;
    }
  };

const fewer: Edit = (shape) => {
  expect(shape['enum']).toBeInstanceOf(Array);
  shape['enum'] = Array.isArray(shape['enum']) ? shape['enum'].slice(1) : [];
};

describe('an edit of one side', () => {
  /** Operation, place, description and edit; each must be detected on either side. */
  const edits: readonly [operation: string, place: string, what: string, edit: Edit][] = [
    ['GetOidcKeys', 'segments 0', 'a path value that is no longer allowed', fewer],
    ['GetOidcKeys', 'segments 0', 'a path value of another type', retype('number')],
    ['ListLogs', 'query start_time', 'a query value of another type', retype('boolean')],
    ['ListLogs', 'query', 'a query value of another name', rename('start_time', 'since')],
    ['GetUsernameCaseSensitivityConflicts', 'query limit', 'a query limit', set('max', 99)],
    ['GetUser', 'query includeSsoIdentities', 'a switch that is a number', retype('number')],
    ['CreateRole', 'body', 'a member of another name', rename('isDefault', 'default')],
    ['CreateRole', 'body', 'a new member', add('colour', 'string')],
    ['CreateRole', 'body name', 'a removed limit', set('max', undefined)],
    ['CreateRole', 'body', 'what is required', set('required', ['name'])],
    ['UpdateUser', 'body name', 'null that is no longer taken', set('nullable', undefined)],
    ['CreateRole', 'body name', 'null that is newly taken', set('nullable', true)],
    ['UpsertJwtCustomizer', 'body', 'a member without a type', rename('script', 'code')],
    ['UpsertJwtCustomizer', 'body', 'a new member beside such', add('timeout', 'number')],
    ['CreateHook', 'body config headers {}', 'the values of a map', retype('number')],
    ['CreateUserMfaVerification', 'body <type=BackupCode> codes', 'a type', retype('number')],
    ['CreateUserMfaVerification', 'body <type=Totp>', 'what is required', set('required', [])],
    ['CreateCustomProfileField', 'body <type=Text> config', 'a member', add('colour', 'string')],
    [
      'CreateCustomProfileField',
      'body <type=Select> config',
      'a member that becomes optional',
      set('required', undefined),
    ],
    [
      'TestJwtCustomizer',
      'body <tokenType=access-token> token',
      'a new claim',
      add('colour', 'string'),
    ],
    [
      'TestJwtCustomizer',
      'body <tokenType=access-token> context interaction verificationRecords [] <type=Totp>',
      'a member of a form inside a form',
      rename('userId', 'user'),
    ],
    // Places that an exception names
    ['CreateUser', 'body avatar', 'a type, beside a meant difference', retype('number')],
    [
      'CreateApplication',
      'body oidcClientMetadata redirectUris []',
      'a type other than the expected one',
      retype('number'),
    ],
    [
      'UpdateSignInExp',
      'body passwordPolicy rejects',
      'a member, beside meant differences',
      rename('words', 'terms'),
    ],
    ['CreateSamlApplication', 'body acsUrl', 'a member of it', rename('url', 'uri')],
    ['CreateOrganizationInvitation', 'body messagePayload', 'both forms', retype('number')],
  ];

  const noticed = (catalogFacts: Facts, documentFacts: Facts): boolean => {
    const { unexplained, idle } = judge(compareFacts(catalogFacts, documentFacts), kind);
    return unexplained.length > 0 || idle.length > 0;
  };

  for (const [operation, place, what, edit] of edits) {
    it(`is detected: ${operation} ${place}: ${what}`, () => {
      const catalogFacts = structuredClone(ours);
      edit(shapeAt(catalogFacts[operation], place));
      expect(noticed(catalogFacts, pinned)).toBe(true);
      const documentFacts = structuredClone(pinned);
      edit(shapeAt(documentFacts[operation], place));
      expect(noticed(ours, documentFacts)).toBe(true);
    });
  }

  it('is detected where the document has a type and the catalog has none', () => {
    for (const type of ['object', 'any']) {
      const freed = structuredClone(ours);
      retype(type)(shapeAt(freed['CreateCustomProfileField'], 'body <type=Text> config'));
      expect(noticed(freed, pinned)).toBe(true);
    }
  });

  it('of the type of any member of any body is detected, outside of untyped parts of the document', () => {
    const missed: string[] = [];
    for (const [operation, facts] of Object.entries(pinned)) {
      for (const [name, property] of Object.entries(facts.body?.properties ?? {})) {
        const member = ours[operation]?.body?.properties?.[name];
        if (property.type === 'any' || member === undefined) {
          continue;
        }
        const changed = structuredClone(ours[operation]);
        retype(member.type === 'boolean' ? 'number' : 'boolean')(shapeAt(changed, `body ${name}`));
        const differences =
          changed && compareFacts({ [operation]: changed }, { [operation]: facts });
        if (differences === undefined || judge(differences, kind).unexplained.length === 0) {
          missed.push(`${operation} ${name}`);
        }
      }
    }
    expect(missed).toEqual([]);
  });
});
