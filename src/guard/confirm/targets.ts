/** What a write acts on and names, as a person recognises it. What only informs is left out where it cannot be read. */
import { type EntityKind, entities, type NamedEntity } from '../../catalog/entities.js';
import { isObject, objectsIn, valueAt } from '../../json.js';
import { type EntityLabel, entitiesNamed, labelOf, readEntity } from '../entity-refs.js';
import {
  bodyOf,
  type CatalogOperation,
  type NamedOperation,
  type OperationGraph,
  parametersOf,
} from '../operation-graph.js';
import type { PreparedWrite } from '../pending-write.js';
import { readNamesOf } from './entity-names.js';

/** Ids in the body that are shown by name. */
const MAX_NAMED_IDS = 10;

export interface WriteTargets {
  /** The entity that is acted on, or that what is acted on is in. */
  readonly actsOn: EntityLabel | undefined;
  /** What is acted on inside of that, and what a removal names in its body. */
  readonly inside: Readonly<Record<string, string>>;
  /** The names of ids in the body. */
  readonly names: Readonly<Record<string, string>>;
  /** What a person types to confirm. */
  readonly expected: string;
}

/** A name that identifies: of an account what Logto keeps unique, since anybody can take the display name of another. */
const typedName = (kind: EntityKind, label: EntityLabel): string =>
  kind === 'user' ? (Object.values(label.known_by ?? {})[0] ?? label.name) : label.name;

export class TargetReader {
  /** @param mayRead whether an operation may be run: a name may only be shown where it may be read */
  constructor(
    private readonly graph: OperationGraph,
    private readonly mayRead: (entry: NamedOperation) => boolean,
  ) {}

  async read(write: PreparedWrite): Promise<WriteTargets> {
    const { entry, input, change } = write;
    const named = entitiesNamed(entry, input);
    const inPath = named.filter((item) => item.inPath === true);
    const [first, ...others] = inPath;
    const [actsOn, inside, names] = await Promise.all([
      this.#root(write, first),
      this.#inside(write, others, first),
      this.#names(
        write,
        named.filter((item) => item.inPath !== true && item.by === 'id'),
      ),
    ]);
    const last = Object.values(inside).at(-1);
    const root = actsOn && first && typedName(first.kind, actsOn);
    // A name of blanks would be confirmed by an empty answer. Where nothing is named, the words of the operation are typed.
    const expected =
      [last, root].find((name) => name !== undefined && name.trim() !== '') ??
      change.entry.name.replaceAll('_', ' ');
    return { actsOn, inside, names, expected };
  }

  async #root(
    { entry, change, input, before, reads }: PreparedWrite,
    first: NamedEntity | undefined,
  ): Promise<EntityLabel | undefined> {
    const read = this.graph.rootOf(entry);
    if (first === undefined || read === undefined) {
      return undefined;
    }
    const isFound = change.read === read && isObject(before) && change.kind !== 'attach';
    const entity = isFound ? before : await reads.optional(() => reads.entity(read, entry, input));
    return labelOf(first.kind, entity) ?? { name: first.value };
  }

  async #inside(
    write: PreparedWrite,
    named: readonly NamedEntity[],
    first: NamedEntity | undefined,
  ): Promise<Record<string, string>> {
    const { entry, input, change } = write;
    const parameters = parametersOf(entry.operation.url);
    const known = new Set(
      [...named, ...(first === undefined ? [] : [first])].map(({ path }) => path),
    );
    const labels = await Promise.all(
      named.map(async (item) => [item.kind, await this.#labelIn(write, item)] as const),
    );
    // A part of the path that names no entity of the catalog, such as the provider of an identity.
    const plain = parameters
      .filter((name) => !known.has(name) && parameters.length > (first === undefined ? 0 : 1))
      .map((name) => [name, input[name]] as const);
    const body =
      change.deletes && change.kind === 'other' ? Object.entries(bodyOf(entry, input)) : [];
    return Object.fromEntries(
      [...labels, ...plain, ...body].filter(
        (pair): pair is readonly [string, string] => typeof pair[1] === 'string',
      ),
    );
  }

  /** The label of an entity in the path: of what was found, or looked up in its list or by its id. */
  async #labelIn(write: PreparedWrite, { kind, path, value }: NamedEntity): Promise<string> {
    const { entry, input, before, reads } = write;
    const { id = 'id' } = entities[kind];
    const isLast = path === parametersOf(entry.operation.url).at(-1);
    if (isLast && entry.operation.method !== 'POST' && isObject(before)) {
      return labelOf(kind, before)?.name ?? value;
    }
    const list = isLast ? this.#permitted(this.graph.collection(entry)) : undefined;
    if (list !== undefined) {
      const sample = await reads.sample(list, entry, input, {}, 1);
      const item = objectsIn(sample?.items).find((other) => valueAt(other, id) === value);
      if (item !== undefined) {
        return labelOf(kind, item)?.name ?? value;
      }
    }
    return (await this.#labelById(write, kind, value)) ?? value;
  }

  #permitted(entry: CatalogOperation | undefined): CatalogOperation | undefined {
    return entry !== undefined && this.mayRead(entry) ? entry : undefined;
  }

  async #labelById({ reads }: PreparedWrite, kind: EntityKind, id: string) {
    const read = this.graph.named(entities[kind].read ?? '');
    if (this.#permitted(read) === undefined) {
      return undefined;
    }
    const entity = await reads.optional(() => readEntity(kind, id, this.graph, reads));
    return entity === undefined ? undefined : labelOf(kind, entity)?.name;
  }

  async #names(
    write: PreparedWrite,
    named: readonly NamedEntity[],
  ): Promise<Record<string, string>> {
    const some = named.slice(0, MAX_NAMED_IDS);
    const { graph, mayRead } = this;
    return Object.fromEntries(await readNamesOf(some, { graph, mayRead }, write.reads));
  }
}
