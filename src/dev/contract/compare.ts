/** Compares the facts of the catalog with those of a document, in both directions. */
import { OMITTED_EVERYWHERE } from '../../catalog/operation.js';
import type { Facts, OperationFacts } from './facts.js';
import type { Shape } from './shape.js';

/** One place in which the catalog and a document differ. */
export interface ContractDifference {
  readonly operation: string;
  /** `query.type`, `body.profile.address`; empty for the operation itself. */
  readonly place: string;
  readonly what: string;
  /** What the document has there, where it has something to add. */
  readonly served?: Shape;
  /** Values of a list that are in the document alone, and in the catalog alone. */
  readonly values?: { readonly added: readonly string[]; readonly gone: readonly string[] };
}

type Note = (
  place: string,
  what: string,
  more?: Pick<ContractDifference, 'served' | 'values'>,
) => void;

const isFree = ({ type, properties, values, options }: Shape): boolean =>
  (type === 'any' && options === undefined) ||
  (type === 'object' && properties === undefined && (values === undefined || isFree(values)));

const sorted = (values: readonly unknown[] | undefined): string =>
  JSON.stringify([...(values ?? [])].sort());

/** The values of the first list that the second does not have. */
const onlyIn = (
  values: readonly unknown[] | undefined,
  others: readonly unknown[] | undefined,
): readonly string[] =>
  (values ?? []).filter((value) => others?.includes(value) !== true).map(String);

function compareNames(ours: Shape, theirs: Shape, place: string, note: Note): void {
  for (const [name, served] of Object.entries(theirs.properties ?? {})) {
    if (ours.properties?.[name] === undefined) {
      note(`${place}.${name}`, 'only in the document', {
        served: theirs.required?.includes(name) === true ? served : { ...served, optional: true },
      });
    }
  }
  for (const name of Object.keys(ours.properties ?? {})) {
    if (theirs.properties?.[name] === undefined) {
      note(`${place}.${name}`, 'only in the catalog');
    }
  }
}

function compareRequired(ours: Shape, theirs: Shape, place: string, note: Note): void {
  for (const name of Object.keys(theirs.properties ?? {})) {
    if (ours.properties?.[name] !== undefined) {
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

function compareLimits(ours: Shape, theirs: Shape, place: string, note: Note): void {
  for (const limit of ['min', 'max'] as const) {
    if (theirs[limit] !== ours[limit]) {
      note(
        place,
        `${limit} ${theirs[limit] ?? 'none'} in the document, ${ours[limit] ?? 'none'} in the catalog`,
      );
    }
  }
}

/** Compares two shapes. Where the document leaves a value free, the catalog may be stricter. */
function compareShapes(ours: Shape, theirs: Shape, place: string, note: Note): void {
  if (theirs.nullable !== ours.nullable) {
    note(place, `takes null in the ${theirs.nullable === true ? 'document' : 'catalog'} alone`);
  }
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
    compareForms(ours, theirs, place, note);
    return;
  }
  if (ours.type !== theirs.type) {
    note(place, `${theirs.type} in the document, ${ours.type} in the catalog`);
    return;
  }
  if (sorted(theirs.enum) !== sorted(ours.enum)) {
    note(
      place,
      `values ${sorted(theirs.enum)} in the document, ${sorted(ours.enum)} in the catalog`,
      { values: { added: onlyIn(theirs.enum, ours.enum), gone: onlyIn(ours.enum, theirs.enum) } },
    );
  }
  compareLimits(ours, theirs, place, note);
  if (ours.items !== undefined && theirs.items !== undefined) {
    compareShapes(ours.items, theirs.items, `${place}[]`, note);
  }
  if (theirs.values !== undefined && ours.values !== undefined) {
    compareShapes(ours.values, theirs.values, `${place}{}`, note);
  }
  compareNames(ours, theirs, place, note);
  for (const [name, shape] of Object.entries(theirs.properties ?? {})) {
    const mine = ours.properties?.[name];
    if (mine !== undefined) {
      compareShapes(mine, shape, `${place}.${name}`, note);
    }
  }
  compareRequired(ours, theirs, place, note);
}

/** The members that discriminate a form of a union, because they can have one value only: `type=Totp`. */
const discriminators = ({ properties }: Shape): string[] =>
  Object.entries(properties ?? {}).flatMap(([name, property]) =>
    property.enum?.length === 1 ? [`${name}=${String(property.enum[0])}`] : [],
  );

const nameOf = (form: Shape): string =>
  discriminators(form)[0] ??
  (form.properties === undefined ? form.type : Object.keys(form.properties).sort().join(','));

/** The distance of two forms: the number of differences; a shared discriminator outweighs all of them. */
function distanceOf(ours: Shape, theirs: Shape): number {
  if (ours.type !== theirs.type) {
    return Number.POSITIVE_INFINITY;
  }
  const ownNames = discriminators(ours);
  let distance = discriminators(theirs).some((name) => ownNames.includes(name)) ? -1000 : 0;
  compareShapes(ours, theirs, '', () => {
    distance += 1;
  });
  return distance;
}

/** Compares unions: each form of one side with the nearest form of the other. */
function compareForms(ours: Shape, theirs: Shape, place: string, note: Note): void {
  const forms = new Set(ours.options ?? [ours]);
  const other = new Set(theirs.options ?? [theirs]);
  const pairs = [...other]
    .flatMap((form) => [...forms].map((mine) => ({ form, mine, distance: distanceOf(mine, form) })))
    .filter(({ distance }) => distance < Number.POSITIVE_INFINITY)
    .sort((a, b) => a.distance - b.distance);
  for (const { form, mine } of pairs) {
    if (forms.has(mine) && other.has(form)) {
      forms.delete(mine);
      other.delete(form);
      compareShapes(mine, form, `${place}<${nameOf(form)}>`, note);
    }
  }
  for (const form of other) {
    note(`${place}<${nameOf(form)}>`, 'only in the document', { served: form });
  }
  for (const form of forms) {
    note(`${place}<${nameOf(form)}>`, 'only in the catalog');
  }
}

/** A shape without the members that the catalog leaves out on purpose: of every operation, and, at the top, of this one. */
function withoutOmitted(shape: Shape, alsoOmitted: readonly string[] = []): Shape {
  const { properties, required, ...rest } = shape;
  const isOffered = (name: string): boolean =>
    !Object.hasOwn(OMITTED_EVERYWHERE, name) && !alsoOmitted.includes(name);
  const retained = Object.entries(properties ?? {}).filter(([name]) => isOffered(name));
  const needed = required?.filter(isOffered);
  return {
    ...rest,
    ...(rest.items !== undefined && { items: withoutOmitted(rest.items) }),
    ...(rest.options !== undefined && {
      options: rest.options.map((option) => withoutOmitted(option)),
    }),
    ...(retained.length > 0 && {
      properties: Object.fromEntries(
        retained.map(([name, property]) => [name, withoutOmitted(property)]),
      ),
    }),
    ...(needed !== undefined && needed.length > 0 && { required: needed }),
  };
}

/** Compares a query value. It is a text on the wire; the catalog has its type, and a list may be given as one value. */
function compareQuery(ours: Shape, theirs: Shape, place: string, note: Note): void {
  const value = theirs.options?.find(({ type }) => type === 'array') ?? theirs;
  const isSwitch = ours.type === 'boolean' && sorted(value.enum) === sorted(['true', 'false']);
  if (!isSwitch) {
    compareShapes(ours, value, place, note);
  }
}

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
  for (const [index, theirSegment] of theirs.segments.entries()) {
    const segment = ours.segments[index];
    if (segment !== undefined) {
      compareShapes(segment, theirSegment, `path.${theirs.parameters[index]}`, note);
    }
  }
  const theirQuery = withoutOmitted(theirs.query);
  compareNames(ours.query, theirQuery, 'query', note);
  for (const [name, shape] of Object.entries(ours.query.properties ?? {})) {
    const other = theirQuery.properties?.[name];
    if (other !== undefined) {
      compareQuery(shape, other, `query.${name}`, note);
    }
  }
  compareRequired(ours.query, theirQuery, 'query', note);
  if ((ours.body === undefined) !== (theirs.body === undefined)) {
    note('body', theirs.body === undefined ? 'only in the catalog' : 'only in the document');
  } else if (
    ours.body !== undefined &&
    theirs.body !== undefined &&
    ours.encoding !== 'multipart'
  ) {
    compareShapes(ours.body, withoutOmitted(theirs.body, ours.omits), 'body', note);
  }
}

/** Every difference between the catalog and a document. */
export function compareFacts(catalog: Facts, document: Facts): ContractDifference[] {
  const differences: ContractDifference[] = [];
  for (const [operation, theirs] of Object.entries(document)) {
    const ours = catalog[operation];
    if (ours === undefined) {
      differences.push({ operation, place: '', what: 'new: only in the document' });
    } else {
      compareOperation(ours, theirs, (place, what, more) =>
        differences.push({ operation, place, what, ...more }),
      );
    }
  }
  for (const operation of Object.keys(catalog)) {
    if (document[operation] === undefined) {
      differences.push({ operation, place: '', what: 'removed: only in the catalog' });
    }
  }
  return differences;
}
