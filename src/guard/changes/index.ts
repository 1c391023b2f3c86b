/** Which kind of change a write is, by its route and by the routes around it. */
import { Whole } from '../../catalog/operation.js';
import {
  bodyFields,
  bodyNames,
  type CatalogOperation,
  camelCase,
  lastOf,
  lastParameterOf,
  type OperationGraph,
  parametersOf,
  parentOf,
} from '../operation-graph.js';
import type { Change } from './change.js';
import { AttachChange, CreateChange, collectionUrl } from './create.js';
import { DeleteChange, isQuery } from './delete.js';
import { OtherChange } from './other.js';
import { PairChange } from './pair.js';
import { AddChange, RemoveChange, ReplaceChange } from './set.js';
import { UpdateChange } from './update.js';
import { UpsertChange } from './upsert.js';

/**
 * Whether a body field adds to a set what the last parameter removes from it. A name or an id belongs to an entity that is
 * created.
 */
const isMemberField = (field: string, parameter: string): boolean =>
  (field === `${parameter}s` || field === parameter) && parameter !== 'id' && parameter !== 'name';

/** Parameters of entities whose name is not in the answer to their creation. */
const untoldParameters: ReadonlySet<string> = new Set(['verificationId', 'target']);

/** Fields that contain the ids of a whole set. */
const setField = /Ids$|^emailDomains$/;

function deletion(entry: CatalogOperation, graph: OperationGraph): Change {
  const { url } = entry.operation;
  const [parameter = ''] = parametersOf(lastOf(url));
  const add = graph.at('POST', parentOf(url));
  const list = graph.at('GET', parentOf(url));
  const fields = Object.keys(add === undefined ? {} : bodyFields(add.operation));
  const field = fields.find((name) => isMemberField(name, parameter));
  if (add !== undefined && list !== undefined && field !== undefined) {
    return new RemoveChange(entry, graph, list, field, add);
  }
  const put = graph.restoring(entry);
  const restores = put === undefined ? undefined : changeOf(put, graph);
  // The PUT of a collection sets no single entity.
  const single = restores?.kind === 'update' ? restores : undefined;
  const read = graph.at('GET', url);
  // A whole paged list is no single entity that exists or not, and it may grow between the plan and the confirmation.
  const isWholeList = read?.operation.paging !== undefined && !isQuery(entry);
  return new DeleteChange(entry, graph, isWholeList ? undefined : read, single);
}

function addition(entry: CatalogOperation, graph: OperationGraph): Change | undefined {
  const { url, undo } = entry.operation;
  const [field = ''] = bodyNames(entry.operation);
  if (undo?.items !== undefined) {
    const { list, key } = undo.items;
    return new UpsertChange(entry, graph, graph.keyed(list), field, undefined, key);
  }
  const read = graph.at('GET', url);
  const removePair = graph.removingPair(url);
  const paired = removePair && graph.at('GET', lastOf(url) === 'roles' ? parentOf(url) : url);
  if (removePair !== undefined && paired !== undefined) {
    return new PairChange(entry, graph, paired, removePair);
  }
  const remove = graph.removingOne(collectionUrl(url));
  if (remove === undefined) {
    return undefined;
  }
  const parameter = lastParameterOf(remove);
  const holder = read ?? graph.at('GET', parentOf(url));
  if (untoldParameters.has(parameter) && holder !== undefined) {
    const inside = read === undefined ? camelCase(lastOf(url)) : undefined;
    return new AttachChange(entry, graph, holder, remove, inside);
  }
  const member = bodyNames(entry.operation).find(
    (name) => !(entry.operation.body instanceof Whole) && isMemberField(name, parameter),
  );
  return member !== undefined && read !== undefined
    ? new AddChange(entry, graph, read, member, remove)
    : new CreateChange(entry, graph, remove);
}

function modification(entry: CatalogOperation, graph: OperationGraph): Change | undefined {
  const { operation } = entry;
  const { method, url, body } = operation;
  const read = graph.at('GET', url);
  const fields = Object.keys(bodyFields(operation));
  const sets = fields.filter((name) => setField.test(name));
  if (method === 'PUT' && read !== undefined) {
    const [set] = sets;
    // Names may be given beside ids; both mean the same set, which is read by ids. Several sets are settings.
    if (set !== undefined && sets.length === 1) {
      return new ReplaceChange(entry, graph, read, set);
    }
    const remove = graph.removingOne(url);
    const [items] = fields;
    if (remove !== undefined && items !== undefined) {
      return new UpsertChange(entry, graph, read, items, remove, undefined);
    }
  }
  const source = read ?? graph.at('GET', parentOf(url));
  if (source === undefined || bodyNames(operation).length === 0) {
    return undefined;
  }
  const whole = body instanceof Whole ? body.argument : graph.replacing(entry)?.field;
  return new UpdateChange(entry, graph, source, read === undefined ? undefined : whole);
}

/** What a write does. */
export function changeOf(entry: CatalogOperation, graph: OperationGraph): Change {
  const { method, notInCatalog } = entry.operation;
  const change =
    notInCatalog === true
      ? undefined
      : method === 'DELETE'
        ? deletion(entry, graph)
        : method === 'POST'
          ? addition(entry, graph)
          : method === 'PATCH' || method === 'PUT'
            ? modification(entry, graph)
            : undefined;
  return change ?? new OtherChange(entry, graph);
}
