/** Holds the catalog's facts against a document's, in both directions. */
import type { Facts, OperationFacts } from './facts.js';
import type { Shape } from './shape.js';

/** One place in which the catalog and a document differ. */
export interface Difference {
  readonly operation: string;
  /** `query.type`, `body.profile.address`; empty for the operation itself. */
  readonly place: string;
  readonly what: string;
}

type Note = (place: string, what: string) => void;

const isFree = ({ type, properties, options }: Shape): boolean =>
  (type === 'any' && options === undefined) || (type === 'object' && properties === undefined);

const sorted = (values: readonly unknown[] | undefined): string =>
  JSON.stringify([...(values ?? [])].sort());

function compareNames(ours: Shape, theirs: Shape, place: string, note: Note): void {
  for (const name of Object.keys(theirs.properties ?? {})) {
    if (ours.properties?.[name] === undefined) {
      note(`${place}.${name}`, 'only in the document');
    }
  }
  for (const name of Object.keys(ours.properties ?? {})) {
    if (theirs.properties?.[name] === undefined) {
      note(`${place}.${name}`, 'only in the catalog');
    }
  }
}

/** Where the document leaves a value free, the catalog may say more. */
function compareShapes(ours: Shape, theirs: Shape, place: string, note: Note): void {
  if (isFree(theirs)) {
    if (theirs.type !== 'any' && ours.type !== theirs.type) {
      note(place, `${theirs.type} in the document, ${ours.type} in the catalog`);
    }
    return;
  }
  if (isFree(ours)) {
    note(place, 'typed in the document, free in the catalog');
    return;
  }
  if (theirs.options !== undefined || ours.options !== undefined) {
    compareOptions(ours, theirs, place, note);
    return;
  }
  if (ours.type !== theirs.type) {
    note(place, `${theirs.type} in the document, ${ours.type} in the catalog`);
    return;
  }
  if (theirs.nullable === true && ours.nullable !== true) {
    note(place, 'takes null in the document, not in the catalog');
  }
  if (
    (theirs.enum !== undefined || ours.enum !== undefined) &&
    sorted(theirs.enum) !== sorted(ours.enum)
  ) {
    note(
      place,
      `values ${sorted(theirs.enum)} in the document, ${sorted(ours.enum)} in the catalog`,
    );
  }
  for (const limit of ['min', 'max'] as const) {
    if (theirs[limit] !== undefined && theirs[limit] !== ours[limit]) {
      note(
        place,
        `${limit} ${theirs[limit]} in the document, ${ours[limit] ?? 'none'} in the catalog`,
      );
    }
  }
  if (ours.items !== undefined && theirs.items !== undefined) {
    compareShapes(ours.items, theirs.items, `${place}[]`, note);
  }
  if (ours.type === 'object') {
    compareNames(ours, theirs, place, note);
    for (const [name, shape] of Object.entries(theirs.properties ?? {})) {
      const own = ours.properties?.[name];
      if (own !== undefined) {
        compareShapes(own, shape, `${place}.${name}`, note);
        const required = theirs.required?.includes(name) === true;
        if (required !== (ours.required?.includes(name) === true)) {
          note(
            `${place}.${name}`,
            required ? 'required in the document alone' : 'required in the catalog alone',
          );
        }
      }
    }
  }
}

/** Unions: each form of the document must have one of ours with the same keys, and the other way round. */
function compareOptions(ours: Shape, theirs: Shape, place: string, note: Note): void {
  const forms = (shape: Shape): string[] => {
    const options = shape.options ?? [shape];
    return [
      ...new Set(
        options.map(
          (option) =>
            `${option.type}(${Object.keys(option.properties ?? {})
              .sort()
              .join(', ')})`,
        ),
      ),
    ].sort();
  };
  if (sorted(forms(ours)) !== sorted(forms(theirs))) {
    note(
      place,
      `forms ${forms(theirs).join(' | ')} in the document, ${forms(ours).join(' | ')} in the catalog`,
    );
  }
}

/** What never stands in the catalog, whatever the document says. */
const never = new Set(['tenantId', 'includePasswordHash']);

const withoutNever = (shape: Shape): Shape => {
  const { properties, required, ...rest } = shape;
  const kept = Object.entries(properties ?? {}).filter(([name]) => !never.has(name));
  const needed = required?.filter((name) => !never.has(name));
  return {
    ...rest,
    ...(kept.length > 0 && {
      properties: Object.fromEntries(
        kept.map(([name, property]) => [name, withoutNever(property)]),
      ),
    }),
    ...(needed !== undefined && needed.length > 0 && { required: needed }),
  };
};

function compareOperation(ours: OperationFacts, theirs: OperationFacts, note: Note): void {
  if (`${ours.method} ${ours.path}` !== `${theirs.method} ${theirs.path}`) {
    note(
      '',
      `${theirs.method} ${theirs.path} in the document, ${ours.method} ${ours.path} in the catalog`,
    );
  }
  if (ours.parameters.join() !== theirs.parameters.join()) {
    note('path', `{${theirs.parameters}} in the document, {${ours.parameters}} in the catalog`);
  }
  if (ours.paged !== theirs.paged) {
    note('', theirs.paged ? 'paged in the document alone' : 'paged in the catalog alone');
  }
  if (ours.searched !== theirs.searched) {
    note('', theirs.searched ? 'searched in the document alone' : 'searched in the catalog alone');
  }
  if (ours.encoding !== theirs.encoding) {
    note(
      'body',
      `${theirs.encoding ?? 'json'} in the document, ${ours.encoding ?? 'json'} in the catalog`,
    );
  }
  const theirQuery = withoutNever(theirs.query);
  compareNames(ours.query, theirQuery, 'query', note);
  for (const [name, shape] of Object.entries(ours.query.properties ?? {})) {
    const other = theirQuery.properties?.[name];
    if (other === undefined) {
      continue;
    }
    // Everything in a query is a text on the wire; the catalog says what the text must be.
    const list = shape.type === 'array' ? shape.items : shape;
    const value =
      other.options?.find(({ type }) => type === 'array')?.items ?? other.items ?? other;
    const isSwitch = list?.type === 'boolean' && sorted(value.enum) === sorted(['true', 'false']);
    if (value.enum !== undefined && !isSwitch && sorted(value.enum) !== sorted(list?.enum)) {
      note(
        `query.${name}`,
        `values ${sorted(value.enum)} in the document, ${sorted(list?.enum)} in the catalog`,
      );
    }
    const required = theirQuery.required?.includes(name) === true;
    if (required !== (ours.query.required?.includes(name) === true)) {
      note(
        `query.${name}`,
        required ? 'required in the document alone' : 'required in the catalog alone',
      );
    }
  }
  if ((ours.body === undefined) !== (theirs.body === undefined)) {
    note('body', theirs.body === undefined ? 'only in the catalog' : 'only in the document');
  } else if (
    ours.body !== undefined &&
    theirs.body !== undefined &&
    ours.encoding !== 'multipart'
  ) {
    compareShapes(ours.body, withoutNever(theirs.body), 'body', note);
  }
}

/** Every difference between the catalog and a document. */
export function compareFacts(catalog: Facts, document: Facts): Difference[] {
  const differences: Difference[] = [];
  for (const [operation, theirs] of Object.entries(document)) {
    const ours = catalog[operation];
    if (ours === undefined) {
      differences.push({ operation, place: '', what: 'new: only in the document' });
    } else {
      compareOperation(ours, theirs, (place, what) => differences.push({ operation, place, what }));
    }
  }
  for (const operation of Object.keys(catalog)) {
    if (document[operation] === undefined) {
      differences.push({ operation, place: '', what: 'gone: only in the catalog' });
    }
  }
  return differences;
}
