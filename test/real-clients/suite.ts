/** The tests of every client: list, call, page, error, and a declined confirmation. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listedByDefault } from '../support/default-list.js';
import type { Answer } from '../walks/walk.js';
import { INSTALL_TIMEOUT_MS, install } from './install.js';
import { type Installed, type PackageName, packages } from './packages.js';
import type { Cell, Column, Kind } from './table.js';

/** The part of a result that a client shows. */
export interface Seen {
  /** Whether it says that the call failed. */
  readonly failed: boolean;
  readonly text: string;
}

export interface RealClient {
  /** The names of the tools, as the client lists them. */
  list(): Promise<readonly string[]>;
  call(tool: string, values: Readonly<Record<string, unknown>>): Promise<Seen>;
  close(): Promise<void> | void;
}

export interface ClientSuite {
  readonly name: string;
  /** The mode in which the client runs. */
  readonly how?: string;
  readonly kind: Kind;
  /** The package that must be installed; the 1.x SDK always is. */
  readonly needs?: PackageName;
  /** How the client answers a question without a person, or why it is never asked. */
  readonly question: 'declined' | 'cancelled' | { readonly neverAsked: string };
  /** @param folder of the package that it needs, or an empty text */
  connect(folder: string): Promise<RealClient>;
}

/**
 * Installs the package of a block's tests before they run; if that fails, they are skipped with the reason.
 *
 * @param use runs with its folder before the tests
 */
export function withPackage(
  name: PackageName,
  use: (folder: string, node: string) => Promise<void> | void,
): void {
  let installed: Installed | undefined;
  beforeAll(async () => {
    installed = await install(name);
  }, INSTALL_TIMEOUT_MS);
  beforeAll(async () => {
    if (installed !== undefined && 'folder' in installed) {
      await use(installed.folder, installed.node);
    }
  });
  beforeEach(({ skip }) => {
    if (installed !== undefined && 'missing' in installed) {
      skip(installed.missing);
    }
  });
}

/** The answer of a call that must succeed. */
export function answerOf({ failed, text }: Seen): Answer {
  expect(failed, text).toBe(false);
  const answer: unknown = JSON.parse(text);
  return answer as Answer;
}

const idsOf = ({ items = [] }: Answer): string[] => items.map(({ id }) => String(id));

/** Checks that the role still exists in the same tenant. */
async function expectSupportRole({ call }: RealClient): Promise<void> {
  expect(idsOf(answerOf(await call('list_roles', { fields: ['id'] })))).toContain('support');
}

/** Runs all tests of one client over one connection. */
export function describeClient({ name, how, kind, needs, question, connect }: ClientSuite): void {
  const version = needs === undefined ? undefined : packages[needs].version;
  const title = [name, version, how].filter((part) => part !== undefined).join(' ');
  const cell = (
    column: Column,
    more: Pick<Cell, 'note' | 'notOffered'> = {},
  ): { meta: { cell: Cell } } => ({ meta: { cell: { client: title, kind, column, ...more } } });

  describe(title, () => {
    let client: RealClient | undefined;
    const start = async (folder: string): Promise<void> => {
      client = await connect(folder);
    };
    if (needs === undefined) {
      beforeAll(() => start(''));
    } else {
      withPackage(needs, start);
    }
    afterAll(() => client?.close());
    const connected = (): RealClient => client ?? expect.fail('there is no client');

    it('lists the tools', cell('list'), async () => {
      expect([...(await connected().list())].sort()).toEqual([...listedByDefault].sort());
    });

    it('calls a tool and reads its answer', cell('call'), async () => {
      const answer = answerOf(
        await connected().call('list_roles', { search: 'Stock', fields: ['id', 'name'] }),
      );
      expect(answer.items).toEqual([{ id: 'stock-keeper', name: 'Stock keeper' }]);
    });

    it('pages to the end', cell('page'), async () => {
      const ids: string[] = [];
      let next: number | null = 1;
      while (next !== null) {
        const answer = answerOf(
          await connected().call('list_users', { page: next, page_size: 25, fields: ['id'] }),
        );
        ids.push(...idsOf(answer));
        expect(answer.page).toMatchObject({ page: next, page_size: 25, total: 60 });
        expect(answer.page?.has_more).toBe(ids.length < 60);
        next = answer.page?.next_page ?? null;
      }
      expect(ids).toHaveLength(60);
      expect(new Set(ids).size).toBe(60);
    });

    it('passes on an error with its hint', cell('error'), async () => {
      const answer = await connected().call('get_user', { userId: 'nobody' });
      expect(answer.failed).toBe(true);
      expect(answer.text).toContain('entity.not_found');
      expect(answer.text).toContain('A name is not an id');
    });

    if (typeof question === 'string') {
      const more =
        question === 'declined' ? {} : { note: 'it asks no one and cancels the question itself' };
      it(
        `removes nothing when the confirmation is ${question}`,
        cell('declined', more),
        async () => {
          const answer = await connected().call('delete_role', { id: 'support' });
          expect(answer.failed).toBe(true);
          expect(answer.text).toMatch(/"code":"(?:declined|client_cannot_ask)"/);
          expect(answer.text).toContain('Nothing was changed.');
          await expectSupportRole(connected());
        },
      );
    } else {
      it(
        'gets a plan, because it cannot be asked, and removes nothing',
        cell('declined', { note: question.neverAsked, notOffered: true }),
        async () => {
          const { result, notes } = answerOf(
            await connected().call('delete_role', { id: 'support' }),
          );
          expect(result).toMatchObject({
            plan: expect.stringMatching(/^plan-/),
            preview: { acts_on: 'Support' },
          });
          expect(notes).toEqual([expect.stringContaining('Nothing was changed.')]);
          await expectSupportRole(connected());
        },
      );
    }
  });
}
