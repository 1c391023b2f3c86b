/**
 * From the files of a manifest to its desired items: names and members are checked, variables and secrets are resolved.
 * This needs nothing of the tenant, so one error reports all problems.
 */
import type { Item } from '../catalog/write-facts.js';
import type { JsonPath } from '../json.js';
import { isDeeperThan, isObject, valueAt } from '../json.js';
import { type DesiredItem, type Manifest, toLowerCase } from './desired.js';
import { globPattern } from './globs.js';
import type { Kind, KindName } from './kind.js';
import { isKindName, kindOf, kinds, topLevelKinds } from './kinds.js';
import { keyOf } from './live.js';
import type { KindFacts, KindTable } from './members.js';
import { isHidden } from './redaction.js';
import {
  invalidManifest,
  type ManifestFile,
  type Problem,
  problemAt,
  type SourcePosition,
} from './source.js';
import { referencesFault, suggestion, validate } from './validation.js';
import {
  expandVariables,
  isSecretSource,
  revealed,
  SecretReference,
  secretSourceOf,
  secretsIn,
  type ValueSources,
} from './values.js';

/** Members at the top of a manifest beside the kinds. */
export const SETTINGS = ['$schema', 'version', 'complete', 'kinds', 'unmanaged'] as const;

/** The version of the format. */
export const VERSION = 1;

/** Levels of objects and lists: far more than Logto has. */
const MAX_DEPTH = 100;

/** Replaces a secret that is not set while its position is validated. */
const UNSET_SECRET = 'secret-that-is-not-set';

class ManifestReading {
  readonly problems: Problem[] = [];
  readonly items = new Map<KindName, DesiredItem[]>();
  readonly #byKey = new Map<string, DesiredItem>();
  /** The stated kinds, with the file of the first occurrence. */
  readonly #stated = new Map<KindName, string>();
  readonly #restricted = new Set<KindName>();
  readonly #unmanaged = new Map<KindName, RegExp[]>();
  /** Secret references that occurred. */
  #secrets = 0;
  #isRestricted = false;
  #complete: boolean | undefined;

  constructor(
    private readonly table: KindTable,
    private readonly sources: ValueSources,
  ) {}

  #problem(file: ManifestFile, path: JsonPath, message: string, part?: 'name'): Problem {
    const position: SourcePosition = { file: file.name, path };
    return problemAt(position, message, file.at(path, part));
  }

  /** @param part `name` if the last name of the path is wrong, not its value */
  #report(file: ManifestFile, path: JsonPath, message: string, part?: 'name'): void {
    this.problems.push(this.#problem(file, path, message, part));
  }

  read(file: ManifestFile): void {
    if (!isObject(file.value)) {
      const isEmpty = file.value === null || file.value === undefined;
      const message = 'a manifest is an object with the names of kinds.';
      this.#report(file, [], isEmpty ? `it is empty; ${message}` : message);
      return;
    }
    if (isDeeperThan(file.value, MAX_DEPTH)) {
      this.#report(file, [], `it has more than ${MAX_DEPTH} levels.`);
      return;
    }
    for (const [name, value] of Object.entries(file.value)) {
      this.#readMember(file, name, value);
    }
  }

  #readMember(file: ManifestFile, name: string, value: unknown): void {
    switch (name) {
      case '$schema':
        return;
      case 'version':
        if (value !== VERSION) {
          this.#report(file, [name], `the version of the format is ${VERSION}.`);
        }
        return;
      case 'complete':
        this.#readComplete(file, value);
        return;
      case 'kinds':
        this.#isRestricted = true;
        this.#readKinds(file, value);
        return;
      case 'unmanaged':
        this.#readUnmanaged(file, value);
        return;
    }
    const topLevelKind = topLevelKinds.find((kind) => kind.name === name);
    if (topLevelKind === undefined) {
      const inner = isKindName(name) ? kindOf(name).within : undefined;
      const names = [...SETTINGS, ...topLevelKinds.map((kind) => kind.name)];
      this.#report(
        file,
        [name],
        inner === undefined
          ? `there is no kind "${name}". ${suggestion(name, names)}`
          : `${name} belong inside of ${inner.kind}, as their member ${inner.member}.`,
        'name',
      );
      return;
    }
    this.#readKind(file, topLevelKind, value);
  }

  #readComplete(file: ManifestFile, value: unknown): void {
    if (typeof value !== 'boolean') {
      this.#report(file, ['complete'], 'it is true or false.');
    } else if (this.#complete !== undefined && this.#complete !== value) {
      this.#report(file, ['complete'], 'another file of the manifest says the opposite.');
    } else {
      this.#complete = value;
    }
  }

  #readKinds(file: ManifestFile, value: unknown): void {
    if (!Array.isArray(value)) {
      this.#report(file, ['kinds'], 'it is a list of kinds.');
      return;
    }
    const names = topLevelKinds.map((kind) => kind.name);
    for (const [index, word] of value.entries()) {
      const name = names.find((kind) => kind === word);
      if (name === undefined) {
        this.#report(
          file,
          ['kinds', index],
          `there is no kind ${JSON.stringify(word)}. ${suggestion(String(word), names)}`,
        );
      } else {
        this.#restricted.add(name);
      }
    }
  }

  #readUnmanaged(file: ManifestFile, value: unknown): void {
    if (!isObject(value)) {
      this.#report(
        file,
        ['unmanaged'],
        'it is an object: for each kind, a list of names or globs.',
      );
      return;
    }
    const names = kinds.filter(({ form }) => form === 'list').map((kind) => kind.name);
    for (const [word, globs] of Object.entries(value)) {
      const name = names.find((kind) => kind === word);
      if (name === undefined) {
        const message = `there is no kind "${word}" with several things. ${suggestion(word, names)}`;
        this.#report(file, ['unmanaged', word], message, 'name');
      } else if (!Array.isArray(globs) || !globs.every((glob) => typeof glob === 'string')) {
        this.#report(file, ['unmanaged', word], 'it is a list of names or globs.');
      } else {
        const patterns = globs.map((glob: string) => globPattern(glob));
        this.#unmanaged.set(name, [...(this.#unmanaged.get(name) ?? []), ...patterns]);
      }
    }
  }

  #readKind(file: ManifestFile, kind: Kind, value: unknown): void {
    const other = this.#stated.get(kind.name);
    this.#stated.set(kind.name, file.name);
    if (kind.form === 'one') {
      if (other === undefined) {
        this.#readItem(file, kind, value, [kind.name], undefined);
      } else {
        this.#report(file, [kind.name], `${other} states it too.`, 'name');
      }
      return;
    }
    this.#readList(file, kind, value, [kind.name], undefined);
  }

  #readList(
    file: ManifestFile,
    kind: Kind,
    value: unknown,
    path: JsonPath,
    parent: string | undefined,
  ): void {
    if (!Array.isArray(value)) {
      this.#report(file, path, 'it is a list: each item begins with "- " in YAML.');
      return;
    }
    for (const [index, item] of value.entries()) {
      this.#readItem(file, kind, item, [...path, index], parent);
    }
  }

  #readItem(
    file: ManifestFile,
    kind: Kind,
    input: unknown,
    path: JsonPath,
    parent: string | undefined,
  ): void {
    const facts = this.table.facts(kind.name);
    if (!isObject(input)) {
      this.#report(file, path, `it is an object with the members of a ${kind.title}.`);
      return;
    }
    const before = this.problems.length;
    const secrets = this.#secrets;
    const inner = kinds.filter(({ within }) => within?.kind === kind.name);
    const nested = new Map(inner.map((child) => [child.within?.member ?? '', child]));
    const names = [...facts.members.keys(), ...nested.keys()];
    const value: Record<string, unknown> = {};
    for (const [name, member] of Object.entries(input)) {
      if (nested.has(name)) {
        continue;
      }
      if (facts.members.has(name)) {
        value[name] = this.#resolve(file, member, [...path, name]);
      } else {
        this.#report(
          file,
          [...path, name],
          `a ${kind.title} has no member "${name}". ${suggestion(name, names)}`,
          'name',
        );
      }
    }
    const missing = kind.key.filter(
      (member) =>
        !member.includes('.') && (typeof value[member] !== 'string' || value[member] === ''),
    );
    for (const member of missing) {
      const message = `a ${kind.title} needs "${member}", a text that identifies it`;
      const isOther = typeof value[member] === 'number' || typeof value[member] === 'boolean';
      this.#report(
        file,
        [...path, member],
        isOther ? `${message}: write it in quotes.` : `${message}.`,
      );
    }
    toLowerCase(kind, value);
    this.#refusePlainSecrets(file, facts, value, path);
    if (this.problems.length === before) {
      this.#checkMembers(file, facts, value, path);
      if (this.#secrets > secrets) {
        this.#checkSecretPlaces(file, facts, value, path);
      }
    }
    const key = keyOf(kind, value, parent);
    if (missing.length === 0) {
      const lists = inner.filter(({ within }) => Array.isArray(input[within?.member ?? '']));
      this.#add(
        file,
        kind,
        { key, value, parent, lists: new Set(lists.map(({ name }) => name)) },
        path,
      );
    }
    for (const [member, child] of nested) {
      if (input[member] !== undefined && input[member] !== null) {
        this.#readList(file, child, input[member], [...path, member], key);
      }
    }
  }

  #add(
    file: ManifestFile,
    kind: Kind,
    item: Pick<DesiredItem, 'key' | 'value' | 'lists'> & { readonly parent: string | undefined },
    path: JsonPath,
  ): void {
    const { parent, ...stated } = item;
    const { key } = stated;
    const items = this.items.get(kind.name) ?? [];
    const say = (message: string, ...member: readonly (string | number)[]) =>
      this.#problem(file, [...path, ...member], message);
    const twin = this.#byKey.get(`${kind.name} ${key}`);
    if (twin !== undefined) {
      this.#report(
        file,
        path,
        `the ${kind.title} "${key}" is stated twice; the other place is ${twin.say('').replace(/: $/, '')}.`,
      );
      return;
    }
    items.push({ kind: kind.name, ...stated, say, ...(parent !== undefined && { parent }) });
    this.items.set(kind.name, items);
    const added = items.at(-1);
    if (added !== undefined) {
      this.#byKey.set(`${kind.name} ${key}`, added);
    }
  }

  /** A value with its variables, and with references instead of its secrets. */
  #resolve(file: ManifestFile, value: unknown, path: JsonPath): unknown {
    if (typeof value === 'string') {
      return expandVariables(value, (name) => {
        const text = this.#ask(file, path, () => this.sources.variable(name));
        if (text === undefined) {
          this.#report(file, path, `the variable ${name} is not set.`);
        }
        return text ?? '';
      });
    }
    if (Array.isArray(value)) {
      return value.map((item, index) => this.#resolve(file, item, [...path, index]));
    }
    if (!isObject(value)) {
      return value;
    }
    const source = secretSourceOf(value);
    if (Object.hasOwn(value, '$secret') && Object.keys(value).length > 1) {
      this.#report(file, path, '$secret is the only member of a secret.');
      return '';
    }
    if (source === undefined) {
      return Object.fromEntries(
        Object.entries(value).map(([name, member]) => [
          name,
          this.#resolve(file, member, [...path, name]),
        ]),
      );
    }
    if (!isSecretSource(source)) {
      this.#report(file, path, '$secret takes env:NAME or file:path.');
      return '';
    }
    this.#secrets += 1;
    return new SecretReference(
      source,
      this.#ask(file, path, () => this.sources.secret(source)),
    );
  }

  /** A secret may only be where no preview and no journal shows it. */
  #checkSecretPlaces(file: ManifestFile, facts: KindFacts, value: Item, path: JsonPath): void {
    for (const [secretPath, { value: secret }] of secretsIn(value)) {
      if (secret !== undefined && !isHidden(facts, secretPath, secret)) {
        const message =
          'a secret cannot be here: previews and the journal would show it. Put secrets in members such as config.clientSecret, headers and environment variables.';
        this.#report(file, [...path, ...secretPath], message);
      }
    }
  }

  /** Secrets are never stated as values. Members of maps, such as headers, need not be secrets. */
  #refusePlainSecrets(file: ManifestFile, facts: KindFacts, value: Item, path: JsonPath): void {
    const secretPaths = facts.secrets.filter((secretPath) => !secretPath.endsWith('*'));
    for (const secretPath of secretPaths) {
      const stated = valueAt(value, secretPath);
      if (typeof stated === 'string' && stated !== '') {
        const message = 'it is a secret: write $secret: env:NAME or $secret: file:path.';
        this.#report(file, [...path, ...secretPath.split('.')], message);
      }
    }
  }

  #ask(file: ManifestFile, path: JsonPath, ask: () => string | undefined): string | undefined {
    try {
      return ask();
    } catch (error) {
      this.#report(file, path, error instanceof Error ? error.message : String(error));
      return '';
    }
  }

  /** Checks the values of members by the schemas of the catalog. */
  #checkMembers(
    file: ManifestFile,
    { kind, members }: KindFacts,
    value: Item,
    path: JsonPath,
  ): void {
    for (const [name, member] of Object.entries(value)) {
      const schema = members.get(name)?.schema;
      if (schema === undefined) {
        const message = kind.key.includes(name) ? undefined : referencesFault(member);
        if (message !== undefined) {
          this.#report(file, [...path, name], message);
        }
        continue;
      }
      // Forms with a discriminator are checked as a whole, once it is known what would be sent.
      if (member === null || kind.create?.wrap !== undefined) {
        continue;
      }
      for (const fault of validate(schema, revealed(member, UNSET_SECRET))) {
        const part = fault.isName === true ? 'name' : undefined;
        this.#report(file, [...path, name, ...fault.path], fault.message, part);
      }
    }
  }

  /** @throws LogtoError of kind `input` with every problem */
  manifest(): Manifest {
    if (this.problems.length > 0) {
      throw invalidManifest(this.problems);
    }
    const managed: ReadonlySet<KindName> = this.#isRestricted
      ? this.#restricted
      : new Set(this.#stated.keys());
    const unmanaged = this.#unmanaged;
    return {
      complete: this.#complete === true,
      kinds: kinds
        .filter(({ name, within }) => managed.has(within?.kind ?? name))
        .map(({ name }) => name),
      isUnmanaged: (kind, key) => unmanaged.get(kind)?.some((glob) => glob.test(key)) === true,
      items: new Map(
        [...this.items].filter(([name]) => managed.has(kindOf(name).within?.kind ?? name)),
      ),
    };
  }
}

/**
 * Reads the files of a manifest.
 *
 * @throws LogtoError of kind `input` with every problem and its position
 */
export function readManifest(
  files: readonly ManifestFile[],
  table: KindTable,
  sources: ValueSources,
): Manifest {
  const reading = new ManifestReading(table, sources);
  for (const file of files) {
    reading.read(file);
  }
  return reading.manifest();
}
