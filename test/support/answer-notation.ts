/** Compares values with an answer in the notation of `src/mcp/search/signature.ts`. */
import { isObject } from '../../src/json.js';

/** One form of a value. */
type Form =
  | {
      readonly kind: 'object';
      readonly members: ReadonlyMap<string, Member>;
      readonly isOpen: boolean;
    }
  | { readonly kind: 'list'; readonly items: readonly Form[] }
  | { readonly kind: 'literal'; readonly value: string }
  | { readonly kind: 'type'; readonly name: string };

interface Member {
  readonly isOptional: boolean;
  readonly forms: readonly Form[];
}

/** Reads a notation. @throws Error for a text that is none */
export function readNotation(text: string): readonly Form[] {
  let at = 0;
  const fail = (): never => {
    throw new Error(`This is no notation of an answer, at ${at}: ${text.slice(at, at + 40)}`);
  };
  const take = (token: string): boolean => {
    const isNext = text.startsWith(token, at);
    at += isNext ? token.length : 0;
    return isNext;
  };
  const word = (pattern: RegExp): string => {
    const match = pattern.exec(text.slice(at))?.[0] ?? fail();
    at += match.length;
    return match;
  };
  const object = (): Form => {
    let isOpen = false;
    const read = new Map<string, Member>();
    while (!take('}')) {
      if (take('...')) {
        isOpen = true;
        continue;
      }
      const name = word(/^[\w.-]+/);
      const isOptional = take('?');
      const forms = take(': ') ? union() : [{ kind: 'type', name: 'string' } as const];
      read.set(name, { isOptional, forms });
      take(', ');
    }
    return { kind: 'object', members: read, isOpen };
  };
  const single = (): readonly Form[] => {
    let forms: readonly Form[];
    if (take('(')) {
      forms = union();
      if (!take(')')) {
        fail();
      }
    } else if (take('{')) {
      forms = [object()];
    } else if (text[at] === "'") {
      forms = [{ kind: 'literal', value: word(/^'[^']*'/).slice(1, -1) }];
    } else {
      forms = [{ kind: 'type', name: word(/^\w+/) }];
    }
    while (take('[]')) {
      forms = [{ kind: 'list', items: forms }];
    }
    return forms;
  };
  const union = (): readonly Form[] => {
    const forms = [...single()];
    while (take(' | ')) {
      forms.push(...single());
    }
    return forms;
  };
  const forms = union();
  return at === text.length ? forms : fail();
}

/** A long list is recorded by its first items and a marker with their number. */
const isCutMarker = (value: unknown): boolean =>
  typeof value === 'string' && /^\u2026\[cut/.test(value);

function hasForm(value: unknown, form: Form): boolean {
  switch (form.kind) {
    case 'object':
      return isObject(value);
    case 'list':
      return Array.isArray(value);
    case 'literal':
      // Recordings have other texts in place of those of the tenant.
      return typeof value === 'string' || String(value) === form.value;
    case 'type':
      switch (form.name) {
        case 'unknown':
          return true;
        case 'void':
          return value === undefined;
        case 'object':
          return isObject(value);
        case 'true':
        case 'false':
          return String(value) === form.name;
        default:
          return typeof value === form.name;
      }
  }
}

/** Where a value differs from a notation, each place once, in words. */
export function disagreements(value: unknown, forms: readonly Form[], path = ''): string[] {
  const fitting = forms.filter((form) => hasForm(value, form));
  if (fitting.length === 0) {
    const type = value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value;
    return [`${path || 'the answer'} is ${type}`];
  }
  const problems = fitting.flatMap((form): string[] => {
    if (form.kind === 'list' && Array.isArray(value)) {
      return value
        .filter((item) => !isCutMarker(item))
        .flatMap((item) => disagreements(item, form.items, `${path}[]`));
    }
    if (form.kind !== 'object' || !isObject(value)) {
      return [];
    }
    return [
      ...Object.keys(value)
        .filter((name) => !form.isOpen && !form.members.has(name))
        .map((name) => `${path}.${name} is not in the notation`),
      ...[...form.members].flatMap(([name, member]) => {
        const inner = value[name] ?? undefined;
        return inner === undefined
          ? member.isOptional
            ? []
            : [`${path}.${name} is missing`]
          : disagreements(inner, member.forms, `${path}.${name}`);
      }),
    ];
  });
  return [...new Set(problems)];
}
